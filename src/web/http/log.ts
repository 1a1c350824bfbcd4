import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { Config } from '../../config.ts';

/** What a client may call its request: nothing that could break a line of the log, or a header. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/**
 * Of requests only method, address, client and outcome are logged, never a header or a body: nothing drawn, nothing
 * secret. Each carries the id that its answer has in `X-Request-Id`, which is the client's own when it names one.
 */
export function logOptions({
  logLevel,
  logFormat,
}: Config): Pick<FastifyServerOptions, 'logger' | 'genReqId'> {
  const pretty = logFormat === 'pretty' || (logFormat === 'auto' && process.stdout.isTTY === true);
  return {
    logger: {
      level: logLevel,
      // For who logs a whole request one day.
      redact: ['req.headers.authorization', 'req.headers.cookie', 'headers.authorization', 'headers.cookie'],
      ...(pretty && { stream: { write: (line: string) => void process.stdout.write(prettyLine(line)) } }),
    },
    genReqId: requestId,
  };
}

export function registerRequestId(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
}

function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const named = headers['x-request-id'];
  return typeof named === 'string' && REQUEST_ID.test(named) ? named : randomUUID();
}

/** A JSON line for people: "14:03:07 info incoming request GET /runs". */
export function prettyLine(line: string): string {
  const { time, level, msg, req, res, err, responseTime } = JSON.parse(line);
  const parts = [
    new Date(time).toTimeString().slice(0, 8),
    (LEVELS[level] ?? String(level)).padEnd(5),
    msg,
    req && `${req.method} ${req.url}`,
    res && `${res.statusCode} in ${Math.round(responseTime)} ms`,
  ];
  const text = parts.filter((part) => part !== undefined && part !== '').join(' ');
  return `${text}\n${err?.stack ? `${err.stack}\n` : ''}`;
}
