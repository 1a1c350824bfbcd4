/**
 * Environment → checked, frozen Config. Every variable and its default is in {@link VARIABLES}, and nowhere else.
 */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ENGINES, type EngineName } from './engines/engine.ts';

export interface Config {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Prefix of every path, without a trailing slash; empty = none. */
  readonly basePath: string;
  /** Absolute path of the folder that holds the database. */
  readonly dataDir: string;
  /** Address of a PostgreSQL database, with the password; null = a file in the data folder. */
  readonly databaseUrl: string | null;
  /** After so many days what nobody pinned is deleted; null = never. */
  readonly keepDays: number | null;
  /** Absolute path of a weights file to serve at start, or null. */
  readonly model: string | null;
  /** Does a run go into service when it ends, where everybody may do everything? */
  readonly promote: 'auto' | 'manual';
  readonly threads: number;
  readonly engine: EngineName;
  /** Empty = `tensorflow` in the data folder. */
  readonly tensorFlowDir: string;
  /** Null = none: none is needed on a loopback address, elsewhere the server generates one. */
  readonly token: string | null;
  readonly adminToken: string | null;
  readonly recognizeToken: string | null;
  /** Names in lower case; one with a leading dot stands for all names below it. */
  readonly allowedHosts: readonly string[];
  /** Addresses whose X-Forwarded-… headers are trusted. */
  readonly trustProxy: readonly string[];
  /** Requests per minute from one address or session; 0 = any number. */
  readonly rateLimit: number;
  readonly maxConnections: number;
  readonly logLevel: string;
  readonly logFormat: LogFormat;
  /** Restarts and page reloads during development. */
  readonly dev: boolean;
}

export type LogFormat = 'auto' | 'json' | 'pretty';

interface Variable {
  readonly default: string;
  /** For the README's table. */
  readonly meaning: string;
  /** Completes "<NAME> must be …". */
  readonly allowed: string;
  /** The value, or undefined if the text is not allowed. */
  readonly parse: (text: string) => unknown;
}

const LOG_FORMATS: readonly string[] = ['auto', 'json', 'pretty'] satisfies LogFormat[];
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Short tokens can be guessed. */
const TOKEN_ALLOWED = 'at least 8 letters, digits or signs, without spaces';

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
  BASE_PATH: {
    default: '',
    meaning: 'Path under which a proxy serves it, such as `/lab`; the proxy may keep or strip it',
    allowed: 'a path that begins with "/", such as /lab',
    parse: (text) => (/^(\/(?!\.+(\/|$))[\w.~-]+)*\/?$/.test(text) ? text.replace(/\/$/, '') : undefined),
  },
  DATA_DIR: {
    default: 'data',
    meaning: 'Folder of the database with runs and weights; created if missing',
    allowed: 'the path of a folder',
    parse: (text) => (text === '' || text.includes('\0') ? undefined : path.resolve(text)),
  },
  DATABASE_URL: {
    default: '',
    meaning:
      'PostgreSQL 15 or newer to keep runs and corrections in, such as `postgres://user:password@host:5432/database`; by default a file in `DATA_DIR`',
    allowed: 'the address of a PostgreSQL database, such as postgres://user:password@host:5432/database',
    parse: databaseUrl,
  },
  KEEP_DAYS: {
    default: '',
    meaning: 'Days after which unpinned runs and corrections are deleted; by default they are kept',
    allowed: 'a whole number from 1 to 36500',
    parse: (text) => (text === '' ? null : wholeNumber(1, 36_500)(text)),
  },
  MODEL: {
    default: '',
    meaning:
      'Weights to use from the start: one of our `.safetensors` files or a Keras `.h5` file of this network',
    allowed: 'the path of a weights file',
    parse: (text) => (text.includes('\0') ? undefined : text === '' ? null : path.resolve(text)),
  },
  PROMOTE: {
    default: 'auto',
    meaning:
      'Where no token is needed: `auto` puts a run into service when it ends, `manual` leaves that to you. Elsewhere an admin always chooses',
    allowed: 'auto or manual',
    parse: (text) => (text === 'auto' || text === 'manual' ? text : undefined),
  },
  THREADS: {
    default: '',
    meaning: 'Threads to train with; by default, one per core that the process may use',
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
    meaning: 'Folder of the tensorflow engine; by default, `tensorflow` in the data folder',
    allowed: 'the path of a folder',
    // The engine and its installer read it themselves: see engines/tensorflow/load-tensorflow.ts.
    parse: (text) => (text.includes('\0') ? undefined : text),
  },
  TOKEN: {
    default: '',
    meaning:
      'Token to sign in with, at least 8 characters; if unset, one is generated and printed at each start, unless `HOST` is a loopback address, where none is needed',
    allowed: TOKEN_ALLOWED,
    parse: token,
  },
  ADMIN_TOKEN: {
    default: '',
    meaning:
      'Token for the admin, who may do everything and is the operator of all rooms; `TOKEN` is then for a class, which may train and correct but not change the model that others use',
    allowed: TOKEN_ALLOWED,
    parse: token,
  },
  RECOGNIZE_TOKEN: {
    default: '',
    meaning: 'Token required to have drawings read; if unset, anyone may',
    allowed: TOKEN_ALLOWED,
    parse: token,
  },
  ALLOWED_HOSTS: {
    default: '',
    meaning:
      "Host names, separated by commas, that it answers to besides IP addresses, `localhost` and this machine's name; `.school.example` stands for all names below it",
    allowed: 'host names, separated by commas',
    parse: list((name) => /^\.?[a-z\d_-]+(\.[a-z\d_-]+)*$/.test(name)),
  },
  TRUST_PROXY: {
    default: '',
    meaning:
      'Addresses, separated by commas, of proxies whose `X-Forwarded-For`, `-Host`, `-Port` and `-Proto` are trusted',
    allowed: 'IP addresses or subnets, separated by commas',
    parse: list(isNetwork),
  },
  RATE_LIMIT: {
    default: '12000',
    meaning: 'Requests per minute from one address or session, except loopback; `0` allows any number',
    allowed: 'a whole number',
    parse: wholeNumber(0, 1e9),
  },
  MAX_CONNECTIONS: {
    default: '2000',
    meaning: 'Open connections; further ones are closed immediately',
    allowed: 'a whole number from 10 to 100000',
    parse: wholeNumber(10, 100_000),
  },
  LOG_LEVEL: {
    default: 'warn',
    meaning: 'Least severe level that is logged to standard output',
    allowed: `one of ${LOG_LEVELS.join(', ')}`,
    parse: (text) => (LOG_LEVELS.includes(text) ? text : undefined),
  },
  LOG_FORMAT: {
    default: 'auto',
    meaning: '`json` lines, `pretty` ones for people, or `auto`: pretty in a terminal',
    allowed: `one of ${LOG_FORMATS.join(', ')}`,
    parse: (text) => (LOG_FORMATS.includes(text) ? text : undefined),
  },
  DEV: {
    default: '',
    meaning: '`1` re-reads templates at each request and reloads open pages; `npm run dev` sets it',
    allowed: '1 or unset',
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
    if (value === undefined) {
      const isSecret = variable.parse === token || variable.parse === databaseUrl;
      const instead = isSecret ? '' : `, not "${text}"`;
      throw new ConfigError(`${name} must be ${variable.allowed}${instead}.`);
    }
    return value;
  };
  return Object.freeze({
    host: read('HOST') as string,
    port: read('PORT') as number,
    basePath: read('BASE_PATH') as string,
    dataDir: read('DATA_DIR') as string,
    databaseUrl: read('DATABASE_URL') as string | null,
    keepDays: read('KEEP_DAYS') as number | null,
    model: read('MODEL') as string | null,
    promote: read('PROMOTE') as 'auto' | 'manual',
    threads: read('THREADS') as number,
    engine: read('ENGINE') as EngineName,
    tensorFlowDir: read('TENSORFLOW_DIR') as string,
    token: read('TOKEN') as string | null,
    adminToken: read('ADMIN_TOKEN') as string | null,
    recognizeToken: read('RECOGNIZE_TOKEN') as string | null,
    allowedHosts: read('ALLOWED_HOSTS') as string[],
    trustProxy: read('TRUST_PROXY') as string[],
    rateLimit: read('RATE_LIMIT') as number,
    maxConnections: read('MAX_CONNECTIONS') as number,
    logLevel: read('LOG_LEVEL') as string,
    logFormat: read('LOG_FORMAT') as LogFormat,
    dev: read('DEV') as boolean,
  });
}

function wholeNumber(min: number, max: number) {
  return (text: string): number | undefined => {
    const number = Number(text);
    return /^\d+$/.test(text) && number >= min && number <= max ? number : undefined;
  };
}

function token(text: string): string | null | undefined {
  if (text === '') return null;
  return /^[\x21-\x7e]{8,200}$/.test(text) ? text : undefined;
}

function databaseUrl(text: string): string | null | undefined {
  if (text === '') return null;
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol) ? text : undefined;
}

function list(isItem: (text: string) => boolean) {
  return (text: string): string[] | undefined => {
    const items = text
      .toLowerCase()
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    return items.every(isItem) ? items : undefined;
  };
}

/** An address, or a subnet such as 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || bits === undefined) return version !== 0;
  return Number(bits) >= 1 && Number(bits) <= (version === 6 ? 128 : 32);
}
