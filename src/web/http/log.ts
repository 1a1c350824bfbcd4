import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { Config } from '../../config.ts';

/** Ids that a client may give its request: nothing that could break a log line or a header. */
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
 * Logs only method, address, client and outcome of a request, never a header or a body: no drawing, no
 * secret. Each line has the id that the answer returns in `X-Request-Id`: the client's own if it sent one.
 */
export function logOptions({
  logLevel,
  logFormat,
}: Config): Pick<FastifyServerOptions, 'logger' | 'genReqId'> {
  const pretty = logFormat === 'pretty' || (logFormat === 'auto' && process.stdout.isTTY === true);
  return {
    logger: {
      level: logLevel,
      // In case a whole request is ever logged.
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
