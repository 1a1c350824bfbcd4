import t from 'tap';
import { readEvents } from '../../help/events.ts';
import { testApp } from '../../help/helper.ts';

t.test('it says that it ends, finishes streams, and answers what was asked before', async (t) => {
  const app = await testApp(t);
  app.get('/stream', (_request, reply) => {
    app.eventStreams.open(reply).send({ event: 'first', data: 1 });
    return reply;
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.equal(app.notReady(), null);
  const stream = await fetch(`${url}/stream`);
  const events = readEvents(stream);
  t.match(await events.next(), { value: { event: 'first' } });
  const before = fetch(`${url}/readyz`);
  t.equal((await before).status, 200);
  const drained = app.drain();
  const during = await fetch(`${url}/readyz`);
  t.equal(during.status, 503);
  t.match(await during.json(), { status: 'draining' });
  t.equal(during.headers.get('connection'), 'close');
  t.match(await events.next(), { done: true }, 'the stream ended as a whole');
  const again = await fetch(`${url}/stream`).catch((error) => error);
  if (again instanceof Response) t.match(await again.text(), /event: first\ndata: 1\n\n$/);
  await drained;
  await t.rejects(fetch(`${url}/readyz`));
});
