import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import {
  connectionOptions,
  registerBodyTime,
  shareConnections,
} from '../../../src/web/http/connection-limits.ts';
import { registerErrorPages } from '../../../src/web/http/error-pages.ts';
import { registerKnownMethods } from '../../../src/web/http/known-methods.ts';
import { testApp } from '../../help/helper.ts';

/** Everything a socket is sent until it is closed. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (piece) => {
    text += piece;
  });
  await once(socket, 'close');
  return text;
}

async function open(t: Test, url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Bodies may take 150 ms. */
async function impatient(t: Test) {
  const app = Fastify(connectionOptions);
  t.teardown(() => app.close());
  registerKnownMethods(app);
  registerBodyTime(app, 150);
  registerErrorPages(app);
  await app.register(multipart);
  app.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload));
  app.post('/whole', async () => 'whole');
  app.post('/parts', async (incoming) => {
    for await (const part of incoming.parts()) if (part.type === 'file') await part.toBuffer();
    return 'parts';
  });
  app.post('/lines', (incoming, reply) => reply.send(incoming.body));
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

t.test('the app has the limits that are documented', async (t) => {
  const app = await testApp(t, { maxConnections: 12 });
  t.equal(app.server.requestTimeout, 0, "Node's own would cut a steady stream");
  t.equal(app.server.headersTimeout, 15_000);
  t.equal(app.server.timeout, 60_000);
  t.equal(app.server.maxConnections, 12);
});

t.test('one address holds no more connections than its share; shared ones are not counted', async (t) => {
  for (const [isShared, letIn] of [
    [false, 5],
    [true, 12],
  ] as const) {
    const app = Fastify();
    t.teardown(() => app.close());
    app.get('/', async () => 'here');
    shareConnections(app.server, 5, () => isShared);
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const sockets = await Promise.all(Array.from({ length: 12 }, () => open(t, url)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const isOpen = (socket: Socket) => !socket.destroyed && !socket.readableEnded;
    for (const socket of sockets) socket.resume();
    await new Promise((resolve) => setTimeout(resolve, 200));
    t.equal(sockets.filter(isOpen).length, letIn);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const socket = await open(t, url);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    t.match(await heard(socket), /here$/, 'what was closed is free again');
  }
});

t.test('an upload that stalls, or trickles, is answered 408 and its connection closed', async (t) => {
  const { url } = await impatient(t);
  const stalled = await open(t, url);
  stalled.write(
    'POST /whole HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  );
  t.match(await heard(stalled), /^HTTP\/1\.1 408[\s\S]*connection: close[\s\S]*"code":"TOO_SLOW"/i);

  const trickling = await open(t, url);
  trickling.write(
    'POST /whole HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n',
  );
  const drops = setInterval(() => trickling.write(' '), 10);
  trickling.on('error', () => {});
  t.match(await heard(trickling), /^HTTP\/1\.1 408/);
  clearInterval(drops);

  const form = await open(t, url);
  form.write(
    'POST /parts HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9999\r\n\r\n',
  );
  form.write('--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nabc');
  const answer = await heard(form);
  t.match(answer, /^HTTP\/1\.1 4\d\d|^$/, 'no fault of ours');
});

t.test('a body whose answer was sent before it came is not waited for either', async (t) => {
  const { url } = await impatient(t);
  const socket = await open(t, url);
  socket.write(
    'POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  );
  t.match(await heard(socket), /^HTTP\/1\.1 4\d\d/);
});

t.test('a stream of lines that goes on slowly but steadily is not cut', async (t) => {
  const { url } = await impatient(t);
  const lines = request(`${url}/lines`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  });
  lines.write('0\n');
  const [response] = await once(lines, 'response');
  response.setEncoding('utf8');
  let text = '';
  response.on('data', (piece: string) => {
    text += piece;
  });
  for (let i = 1; i <= 12; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    lines.write(`${i}\n`);
  }
  lines.end();
  await once(response, 'end');
  t.equal(text.split('\n').length, 14, 'four times as long as another body may take');
});

t.test('a stream that stalls is closed, and so is a socket that says nothing', async (t) => {
  const app = await testApp(t);
  app.server.setTimeout(200);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const stream = await open(t, url);
  stream.write(
    'POST /recognize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n',
  );
  t.match(await heard(stream), /^HTTP\/1\.1 200[\s\S]*NOTHING_SENT/, 'what was sent was answered');
  const silent = await open(t, url);
  t.equal(await heard(silent), '');
});

t.test('headers that come too slowly are not waited for (slowloris)', async (t) => {
  const app = await testApp(t);
  app.server.headersTimeout = 300;
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open(t, url)));
  const drops = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('X-A: b\r\n');
  }, 50);
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.write('GET /now HTTP/1.1\r\nHost: localhost\r\n');
  }
  t.equal((await fetch(`${url}/now`)).status, 200, 'others are answered meanwhile');
  for (const text of await Promise.all(sockets.map(heard))) t.match(text, /^HTTP\/1\.1 408/);
  clearInterval(drops);
});

t.test(
  'a thousand idle sockets: others are answered; beyond the most, sockets are closed at once',
  async (t) => {
    const app = await testApp(t, { maxConnections: 1010 });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const idle = await Promise.all(Array.from({ length: 1000 }, () => open(t, url)));
    for (const socket of idle) socket.on('error', () => {});
    for (let i = 0; i < 3; i++) t.equal((await fetch(`${url}/now`)).status, 200);
    const more = await Promise.all(Array.from({ length: 20 }, () => open(t, url)));
    let dropped = 0;
    for (const socket of more) {
      socket.on('error', () => {});
      socket.on('close', () => dropped++);
      socket.resume();
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    t.ok(dropped >= 10, `${dropped} of 20 were dropped`);
    for (const socket of [...idle, ...more]) socket.destroy();
  },
);
