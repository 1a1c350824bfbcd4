import Fastify from 'fastify';
import t from 'tap';
import { registerDrain } from '../../src/plugins/drain.ts';
import { until } from '../helper.ts';

t.test('an answer that never ends is cut after the grace', async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  registerDrain(app, { recognition: { serving: null }, grace: 100 });
  app.get('/never', () => new Promise(() => {}));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const answer = fetch(`${url}/never`).catch((error) => error);
  let asked = false;
  app.server.on('request', () => {
    asked = true;
  });
  await until(() => asked);
  await app.drain();
  t.match(await answer, { message: /fetch failed/ });
});

t.test('with nothing in flight it is done at once; with something when that ends', async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  registerDrain(app, { recognition: { serving: null }, grace: 1e9 });
  let answer = (_: string) => {};
  app.get('/slow', () => new Promise((resolve) => (answer = resolve)));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const asking = fetch(`${url}/slow`);
  let asked = false;
  app.server.on('request', () => {
    asked = true;
  });
  await until(() => asked);
  const drained = app.drain();
  answer('done');
  await drained;
  const response = await asking;
  t.equal(await response.text(), 'done');
  t.equal(response.headers.get('connection'), 'close');
  await app.drain();
});
