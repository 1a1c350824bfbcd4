import { utimesSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { readEvents } from '../../help/events.ts';
import { testApp } from '../../help/helper.ts';

t.test('an open page hears of a change of what it shows, and of nothing without DEV', async (t) => {
  const app = await testApp(t, { dev: true });
  const url = await app.listen({ port: 0 });
  const answer = await fetch(`${url}/dev/events`);
  t.match(answer.headers.get('content-type'), /^text\/event-stream/);
  const events = readEvents(answer);
  t.match((await events.next()).value, { event: 'boot', data: Number });
  const now = new Date();
  utimesSync(path.join(import.meta.dirname, '../../../views/error.eta'), now, now);
  t.match((await events.next()).value, { event: 'reload' });
  await events.return(undefined);

  const plain = await testApp(t);
  t.equal((await plain.inject('/dev/events')).statusCode, 404);
});
