import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { GatheredBytes, readBytes } from '../../../src/web/http/gathered-bytes.ts';

const LIMIT = 2 ** 20;

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Answers the digest of what it was sent. */
async function digester(t: Test, onError = (_error: unknown) => {}): Promise<FastifyInstance> {
  const app = Fastify({ bodyLimit: LIMIT, forceCloseConnections: true });
  t.teardown(() => app.close());
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', readBytes);
  app.post('/', async ({ body }) => digest(body as Buffer));
  app.setErrorHandler((error, _request, reply) => {
    onError(error);
    reply.send(error);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function send(
  app: FastifyInstance,
  bytes: Buffer,
  headers: Record<string, string | number>,
): Promise<Answer> {
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'content-type': 'a/b', ...headers },
    });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode!, text });
    });
    sent.end(bytes);
  });
}

t.test('a body is what was sent, whatever its size, its length told or not, many at once', async (t) => {
  const app = await digester(t);
  const sizes = [1, 1000, 2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 700_000, LIMIT];
  const all = sizes.flatMap((size) => {
    const bytes = randomBytes(size);
    return [{ 'content-length': size }, { 'transfer-encoding': 'chunked' }].map(async (headers) => {
      t.strictSame(await send(app, bytes, headers), { status: 200, text: digest(bytes) }, `${size} bytes`);
    });
  });
  await Promise.all(all);
});

t.test('one that is too large is refused, one of another length than was said too', async (t) => {
  const app = await digester(t);
  const large = randomBytes(LIMIT + 1);
  t.equal((await send(app, large, { 'transfer-encoding': 'chunked' })).status, 413);
  const inject = (said: number, payload: Buffer) =>
    app.inject({
      method: 'POST',
      url: '/',
      payload,
      headers: { 'content-type': 'a/b', 'content-length': String(said) },
    });
  t.equal((await inject(LIMIT + 1, Buffer.alloc(1))).statusCode, 413, 'before it is there');
  t.equal((await inject(5, Buffer.alloc(4))).statusCode, 400);
  t.equal((await inject(4, Buffer.alloc(5))).statusCode, 413);
});

t.test('a client that hangs up leaves nothing behind', async (t) => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const app = await digester(t, resolve);
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-type: a/b\r\ncontent-length: ${LIMIT}\r\n\r\n`);
  socket.write(randomBytes(LIMIT / 2));
  await once(socket, 'connect');
  await sleep(50);
  socket.destroy();
  t.match((await promise) as object, { statusCode: 400 });
});

t.test('gathered bytes have memory of their own when they are many', (t) => {
  const bytes = new GatheredBytes(LIMIT);
  const pieces = Array.from({ length: 8 }, () => randomBytes(LIMIT / 8));
  for (const piece of pieces) bytes.add(piece);
  const whole = bytes.join();
  t.strictSame(digest(whole), digest(Buffer.concat(pieces)));
  t.equal(whole.buffer.byteLength, whole.length, 'so that a thread can be given it');
  t.throws(() => bytes.add(Buffer.alloc(1)), { code: 'FST_ERR_CTP_BODY_TOO_LARGE' });
  t.end();
});
