import t from 'tap';
import { SESSION_SECONDS, Sessions } from '../../src/plugins/sessions.ts';

t.test('a session ends after a day at school, or when it is ended', async (t) => {
  let now = 0;
  const sessions = new Sessions<string>(() => now);
  const [a, b] = [sessions.begin('a'), sessions.begin('b')];
  t.not(a, b);
  t.equal(sessions.find(a), 'a');
  sessions.end(a);
  t.equal(sessions.find(a), null);
  now = SESSION_SECONDS * 1000 - 1;
  t.equal(sessions.find(b), 'b');
  now++;
  t.equal(sessions.find(b), null);
  t.equal(sessions.find('made up'), null);
});

t.test('sessions take no more memory than a school has tablets', async (t) => {
  const sessions = new Sessions<number>();
  const first = sessions.begin(0);
  for (let i = 1; i < 5000; i++) sessions.begin(i);
  t.equal(sessions.find(first), 0);
  const last = sessions.begin(5000);
  t.equal(sessions.find(first), null, 'the oldest went');
  t.equal(sessions.find(last), 5000);
});
