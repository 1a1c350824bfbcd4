import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';

/** Parse errors of Node, before there is a request → status and sentence. */
const FAULTS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The headers of the request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The address and the headers of the request are too long: 16 kB at most.'],
};
const NOT_HTTP = [400, 'This is not a valid HTTP request.'] as const;

/** Answers input that is not a valid request with problem details, and closes its connection. */
export function refuseUnreadable({ code = '' }: ConnectionError, socket: Socket): void {
  // Nothing more is sent to clients that hung up or were answered already.
  if (code === 'ECONNRESET' || !socket.writable) return;
  const [status, detail] = FAULTS[code] ?? NOT_HTTP;
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code: 'UNREADABLE' });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
