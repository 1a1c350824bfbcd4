import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { testApp } from '../../help/helper.ts';

t.test('ready from the first request it can answer until it ends; alive as long as it answers', async (t) => {
  const app = await testApp(t);
  const starting = await app.inject('/readyz');
  t.equal(starting.statusCode, 503);
  t.same(starting.json(), { status: 'starting', reason: 'The server is starting.' });
  t.ok(Number(starting.headers['retry-after']) > 0);
  t.equal((await app.inject('/livez')).statusCode, 200);

  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const ready = await fetch(`${url}/readyz`);
  t.equal(ready.status, 200);
  t.same(await ready.json(), { status: 'ready' });
  t.equal(ready.headers.get('cache-control'), 'no-store');

  await app.drain();
  const draining = await app.inject('/readyz');
  t.equal(draining.statusCode, 503);
  t.match(draining.json(), { status: 'draining', reason: /shutting down/ });
  t.equal((await app.inject('/livez')).statusCode, 200);
});

t.test('without a model it is alive and not ready', async (t) => {
  const app = await testApp(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  await app.workbench.recognition.close();
  const answer = await app.inject('/readyz');
  t.equal(answer.statusCode, 503);
  t.equal(answer.json().status, 'no model');
  t.equal((await app.inject('/livez')).statusCode, 200);
});

t.test('health is told to whoever asks, by any name and without a token', async (t) => {
  const app = await testApp(t, {
    host: '0.0.0.0',
    token: 'chalk-and-slate',
    recognizeToken: 'look-and-read',
  });
  for (const url of ['/livez', '/readyz']) {
    t.not((await app.inject({ url, headers: { host: '' } })).statusCode, 421, url);
    t.not((await app.inject({ url, headers: { host: 'pod-7.cluster.example' } })).statusCode, 421, url);
  }
});

t.test('draining: a request in flight is answered, its connection is not kept', async (t) => {
  const app = await testApp(t);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (text) => {
    answer += text;
  });
  socket.write(
    `POST /recognize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\nmatr`,
  );
  await once(app.server, 'request');
  const closed = once(socket, 'close');
  const drained = app.drain();
  t.match(await (await fetch(`${url}/readyz`)).json(), { status: 'draining' }, 'others are told already');
  let done = false;
  drained.then(() => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(done, false, 'it is waited for');
  socket.write('ix');
  await drained;
  await closed;
  t.match(answer, /^HTTP\/1\.1 422[\s\S]*connection: close/i);
});

t.test('draining: streams of events end at once', async (t) => {
  const app = await testApp(t, { dev: true });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const events = await fetch(`${url}/dev/events`);
  const reader = events.body!.getReader();
  await reader.read();
  await app.drain();
  const rest: (Uint8Array | undefined)[] = [];
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest.push(piece.value);
  t.pass('it ended without an error');
});
