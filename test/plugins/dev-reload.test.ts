import { utimesSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { testApp } from '../helper.ts';

t.test('an open page hears of a change of what it shows, and of nothing without DEV', async (t) => {
  const app = await testApp(t, { dev: true });
  const url = await app.listen({ port: 0 });
  const answer = await fetch(`${url}/dev/events`);
  t.match(answer.headers.get('content-type'), /^text\/event-stream/);
  const events = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  t.match((await events.read()).value, /event: boot\ndata: \d+/);
  const now = new Date();
  utimesSync(path.join(import.meta.dirname, '../../views/error.eta'), now, now);
  t.match((await events.read()).value, /event: reload/);
  await events.cancel();

  const plain = await testApp(t);
  t.equal((await plain.inject('/dev/events')).statusCode, 404);
});
