import { once } from 'node:events';
import { type RequestListener, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Connections, type EndLimits } from '../../../src/web/http/connections.ts';
import { until } from '../../help/helper.ts';

/** Long where nothing may be cut, short where something has to be. */
const LIMITS: EndLimits = { answer: 30_000, unused: 300, linger: 300 };
const GET = 'GET / HTTP/1.1\r\nhost: here\r\n\r\n';

async function serve(t: Test, handler: RequestListener): Promise<{ connections: Connections; port: number }> {
  const connections = new Connections();
  const server = connections.createServer(handler, {});
  t.teardown(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { connections, port: (server.address() as AddressInfo).port };
}

/** A connection and all that came on it until it was closed. */
function client(t: Test, port: number): { socket: Socket; text: () => string; closed: Promise<unknown> } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (part) => (text += part));
  t.teardown(() => socket.destroy());
  return { socket, text: () => text, closed: once(socket, 'close') };
}

const answers = (text: string) => text.match(/^HTTP\/1\.1 200 OK/gm)?.length ?? 0;
const closes = (text: string) => text.match(/^connection: close/gim)?.length ?? 0;

t.test('who asks again on a connection is answered, and told that it was the last time', async (t) => {
  const { connections, port } = await serve(t, (_request, response) => response.end('here\n'));
  const { socket, text, closed } = client(t, port);
  socket.write(GET);
  await until(() => answers(text()) === 1);
  t.equal(closes(text()), 0);
  const ended = connections.end(LIMITS);
  await sleep(100);
  socket.write(GET);
  await closed;
  t.equal(answers(text()), 2);
  t.equal(closes(text()), 1);
  await ended;
});

t.test('a connection that stays unused is closed in order; one that was for long is at once', async (t) => {
  const { connections, port } = await serve(t, (_request, response) => response.end('here\n'));
  const unused = client(t, port);
  unused.socket.write(GET);
  await until(() => answers(unused.text()) === 1);
  await sleep(LIMITS.unused);
  const fresh = client(t, port);
  await once(fresh.socket, 'connect');
  const order: string[] = [];
  void unused.closed.then(() => order.push('unused'));
  void fresh.closed.then(() => order.push('fresh'));
  await connections.end(LIMITS);
  await Promise.all([unused.closed, fresh.closed]);
  t.same(order, ['unused', 'fresh']);
});

t.test('no connection is taken any more, and each that the kernel had made is answered', async (t) => {
  const { connections, port } = await serve(t, (_request, response) => response.end('here\n'));
  const made = Array.from({ length: 50 }, () => client(t, port));
  await Promise.all(made.map(({ socket }) => once(socket, 'connect')));
  for (const { socket } of made) socket.write(GET);
  const ended = connections.end(LIMITS);
  await ended;
  await Promise.all(made.map(({ closed }) => closed));
  t.same(new Set(made.map(({ text }) => answers(text()))), new Set([1]));
  const [error] = await once(connect(port, '127.0.0.1'), 'error');
  t.equal(error.code, 'ECONNREFUSED');
});

t.test(
  'requests that were sent behind one another are all answered; only the last answer is the last',
  async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    const { connections, port } = await serve(t, async (_request, response) => {
      asked++;
      await promise;
      response.end('here\n');
    });
    const { socket, text, closed } = client(t, port);
    socket.write(GET + GET);
    await until(() => asked === 1);
    const ended = connections.end(LIMITS);
    await sleep(100);
    socket.write(GET + GET);
    await sleep(100);
    resolve();
    await closed;
    t.equal(answers(text()), 4);
    t.equal(closes(text()), 1);
    await ended;
  },
);

t.test('requests that come in one packet are handled in a turn each, and in order', async (t) => {
  const count = 5000;
  let inTurn = 0;
  const most = { inTurn: 0, unread: 0 };
  const order: string[] = [];
  const { port } = await serve(t, (request, response) => {
    order.push(request.url!);
    most.inTurn = Math.max(most.inTurn, ++inTurn);
    setImmediate(() => (inTurn = 0));
    most.unread = Math.max(most.unread, sent.length - request.socket.bytesRead);
    response.end('here\n');
  });
  const { socket, text } = client(t, port);
  const sent = Array.from({ length: count }, (_, i) => GET.replace('/', `/${i}`)).join('');
  socket.write(sent);
  await until(() => answers(text()) === count);
  t.equal(most.inTurn, 1);
  t.ok(most.unread > 0, 'the rest is not read while there is enough to do');
  t.same(
    order,
    Array.from({ length: count }, (_, i) => `/${i}`),
  );
});

t.test('what is sent behind others has its body, however large', async (t) => {
  const { port } = await serve(t, async (request, response) => {
    let bytes = 0;
    for await (const part of request) bytes += part.length;
    response.end(`${bytes} bytes\n`);
  });
  const { socket, text } = client(t, port);
  const post = (length: number) =>
    `POST / HTTP/1.1\r\nhost: here\r\ncontent-length: ${length}\r\n\r\n${'a'.repeat(length)}`;
  const lengths = [...Array<number>(40).fill(3), 3_000_000, ...Array<number>(40).fill(5), 1_000_000];
  socket.write(lengths.map(post).join(''));
  await until(() => answers(text()) === lengths.length);
  t.same(
    text().match(/^\d+ bytes$/gm),
    lengths.map((length) => `${length} bytes`),
  );
});

t.test('a request that is still being sent is waited for, head or body', async (t) => {
  const { connections, port } = await serve(t, async (request, response) => {
    let bytes = 0;
    for await (const part of request) bytes += part.length;
    response.end(`${bytes}`);
  });
  const head = client(t, port);
  head.socket.write(GET.slice(0, 10));
  const upload = request({ host: '127.0.0.1', port, method: 'POST' });
  upload.write('a'.repeat(1000));
  await sleep(100);
  const ended = connections.end(LIMITS);
  await sleep(2 * LIMITS.unused);
  head.socket.write(GET.slice(10));
  upload.end('b'.repeat(1000));
  const [answer] = await once(upload, 'response');
  t.equal(answer.headers.connection, 'close');
  t.equal((await answer.setEncoding('utf8').toArray()).join(''), '2000');
  await head.closed;
  t.equal(answers(head.text()), 1);
  await ended;
});

t.test('a large answer to a client that reads slowly is whole', async (t) => {
  const body = 'a'.repeat(20_000_000);
  const { connections, port } = await serve(t, (_request, response) => response.end(body));
  const { socket, text, closed } = client(t, port);
  socket.pause();
  socket.write(GET);
  await sleep(100);
  const ended = connections.end(LIMITS);
  await sleep(3 * LIMITS.unused);
  socket.resume();
  await closed;
  t.equal(text().length - text().indexOf('\r\n\r\n') - 4, body.length);
  await ended;
});

t.test('an answer that never ends is cut, and so is a client that never hangs up', async (t) => {
  const { connections, port } = await serve(t, () => {});
  const answer = client(t, port);
  answer.socket.write(GET);
  const half = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.teardown(() => half.destroy());
  await once(half, 'connect');
  await sleep(50);
  await connections.end({ answer: 600, unused: 100, linger: 100 });
  await answer.closed;
  t.equal(answer.text(), '');
});
