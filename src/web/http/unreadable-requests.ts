import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';

/** What Node's parser finds wrong before there is a request → its status and a sentence. */
const FAULTS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The headers of the request did not come in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The address and the headers of the request are too long: 16 kB at most.'],
};
const NOT_HTTP = [400, 'This is no HTTP request that can be understood.'] as const;

/** Answers with problem details what never becomes a request, and closes its connection. */
export function refuseUnreadable({ code = '' }: ConnectionError, socket: Socket): void {
  // Whoever hung up, or was answered already, hears nothing more.
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
