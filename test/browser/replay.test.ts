import t from 'tap';
import { readPenDigits } from '../../src/datasets/pen-digits.ts';
import { testApp } from '../help/helper.ts';
import { launch, listen, open } from './browser.ts';
import { replayDrawings } from './replay-drawings.ts';

t.test('what is drawn on the pad is read as its strokes are when a script sends them', async (t) => {
  const url = await listen(await testApp(t));
  const { page, problems } = await open(await launch(t), url);
  // All ten digits, of many writers; bench/handwriting/replay.ts draws all.
  const digits = readPenDigits().filter((_, i) => i % 37 === 1);
  const replayed = await replayDrawings(page, digits);
  t.equal(replayed.length, 41);
  t.same(new Set(replayed.map(({ label }) => label)).size, 10);
  for (const { label, onPage, byScript } of replayed) t.equal(onPage, byScript, `a ${label}`);
  t.same(problems, []);
});
