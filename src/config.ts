/**
 * Environment → checked, frozen Config. Every variable and its default stands in {@link VARIABLES}, and nowhere else.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ENGINES, type EngineName } from './engines/engine.ts';

export interface Config {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Absolute path of the folder that holds the database. */
  readonly dataDir: string;
  /** Absolute path of a weights file to serve at start, or null. */
  readonly model: string | null;
  readonly threads: number;
  readonly engine: EngineName;
  /** Empty = `tensorflow` in the data folder. */
  readonly tensorFlowDir: string;
  readonly logLevel: string;
  /** Restarts and page reloads while developing. */
  readonly dev: boolean;
}

interface Variable {
  readonly default: string;
  /** For the README's table. */
  readonly meaning: string;
  /** What it may be; completes "<NAME> must be …". */
  readonly allowed: string;
  /** The value it stands for, or undefined when it is none. */
  readonly parse: (text: string) => unknown;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Every environment variable the server reads. */
export const VARIABLES = {
  HOST: {
    default: '127.0.0.1',
    meaning: 'Address to listen on; `0.0.0.0` lets other machines in',
    allowed: 'an IP address or a host name',
    parse: (text) => (/^[\w.:-]+$/.test(text) ? text : undefined),
  },
  PORT: {
    default: '8000',
    meaning: 'Port to listen on; `0` takes any free one',
    allowed: 'a whole number from 0 to 65535',
    parse: wholeNumber(0, 65535),
  },
  DATA_DIR: {
    default: 'data',
    meaning: 'Folder of the database with runs and weights; made if missing',
    allowed: 'the path of a folder',
    parse: (text) => (text === '' || text.includes('\0') ? undefined : path.resolve(text)),
  },
  MODEL: {
    default: '',
    meaning: 'Weights to read with from the start: a `.safetensors` of ours or a Keras `.h5` of this network',
    allowed: 'the path of a weights file',
    parse: (text) => (text.includes('\0') ? undefined : text === '' ? null : path.resolve(text)),
  },
  THREADS: {
    default: '',
    meaning: 'Threads to train with; without it as many as this process may use cores',
    allowed: 'a whole number from 1 to 64',
    parse: (text) => (text === '' ? Math.min(availableParallelism(), 64) : wholeNumber(1, 64)(text)),
  },
  ENGINE: {
    default: 'simd',
    meaning: 'Engine that the form offers first',
    allowed: `one of ${ENGINES.join(', ')}`,
    parse: (text) => (ENGINES.includes(text as EngineName) ? text : undefined),
  },
  TENSORFLOW_DIR: {
    default: '',
    meaning: 'Folder of the tensorflow engine; without it `tensorflow` in the data folder',
    allowed: 'the path of a folder',
    // The engine and its installer read it themselves: see engines/tensorflow/load-tensorflow.ts.
    parse: (text) => (text.includes('\0') ? undefined : text),
  },
  LOG_LEVEL: {
    default: 'warn',
    meaning: 'Least severe message that is logged, as JSON lines on standard output',
    allowed: `one of ${LOG_LEVELS.join(', ')}`,
    parse: (text) => (LOG_LEVELS.includes(text) ? text : undefined),
  },
  DEV: {
    default: '',
    meaning: '`1` re-reads templates at each request and reloads open pages; `npm run dev` sets it',
    allowed: '1 or left out',
    parse: (text) => (text === '1' ? true : text === '' ? false : undefined),
  },
} as const satisfies Record<string, Variable>;

/** A variable that cannot be used; the message is one sentence that names it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** @throws ConfigError for the first variable that cannot be used */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const read = (name: keyof typeof VARIABLES) => {
    const variable: Variable = VARIABLES[name];
    const text = environment[name] ?? variable.default;
    const value = variable.parse(text);
    if (value === undefined) throw new ConfigError(`${name} must be ${variable.allowed}, not "${text}".`);
    return value;
  };
  return Object.freeze({
    host: read('HOST') as string,
    port: read('PORT') as number,
    dataDir: read('DATA_DIR') as string,
    model: read('MODEL') as string | null,
    threads: read('THREADS') as number,
    engine: read('ENGINE') as EngineName,
    tensorFlowDir: read('TENSORFLOW_DIR') as string,
    logLevel: read('LOG_LEVEL') as string,
    dev: read('DEV') as boolean,
  });
}

function wholeNumber(min: number, max: number) {
  return (text: string): number | undefined => {
    const number = Number(text);
    return /^\d+$/.test(text) && number >= min && number <= max ? number : undefined;
  };
}
