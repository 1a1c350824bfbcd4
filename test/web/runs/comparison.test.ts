import t, { type Test } from 'tap';
import { readTestLabels } from '../../../src/datasets/mnist.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/training/settings.ts';
import { testApp } from '../../help/helper.ts';
import { addEpoch, end } from '../../help/train.ts';

const JSON_ONLY = { accept: 'application/json' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };

/** Answers that are right for the images from `from` until before `to`, and for no others. */
function right(...ranges: readonly (readonly [from: number, to: number])[]): Uint8Array {
  return readTestLabels().map((label, i) =>
    ranges.some(([from, to]) => i >= from && i < to) ? label : (label + 1) % 10,
  );
}

async function build(t: Test) {
  const app = await testApp(t);
  const { store } = app.workbench;
  const tested = async (settings: Partial<Settings>, answers: Uint8Array, accuracy: number) => {
    const { id } = await store.create({ ...DEFAULT_SETTINGS, ...settings });
    for (const epoch of [1, 2]) {
      const metrics = { epoch, loss: 1, accuracy: 0.5, val_loss: 0.5 / epoch, val_accuracy: 0.9, seconds: 1 };
      await addEpoch(
        store,
        id,
        metrics,
        { weights: new Float32Array(1), slots: {}, step: 1, random: [] },
        true,
      );
    }
    await end(store, id, { state: 'finished', reason: null, test: { loss: 1, accuracy, answers } });
    return id;
  };
  const get = (url: string, headers = JSON_ONLY) => app.inject({ url, headers });
  return { store, tested, get };
}

t.test('which run is better, and in which settings they differ', async (t) => {
  const { tested, get } = await build(t);
  // Of the others each misses 60 images that the second reads, and reads 31, or 41 and 29.
  await tested({ optimizer: 'sgd', learningrate: 0.1 }, right([60, 9000], [9100, 9131]), 0.8971);
  await tested({ seed: 2 }, right([0, 9000]), 0.9);
  await tested({ seed: 3 }, right([41, 9000], [9200, 9229]), 0.8988);
  const { runs, differing, pairs, caveats } = (await get('/compare?run=1&run=2&run=3')).json();
  t.same(
    runs.map(({ id, epochs }: { id: number; epochs: object[] }) => [id, epochs.length]),
    [
      [1, 2],
      [2, 2],
      [3, 2],
    ],
  );
  t.same(differing, ['optimizer', 'learningrate', 'seed']);
  t.same(caveats, []);
  t.match(pairs[0], { better: 2, other: 1, onlyBetter: 60, onlyOther: 31 });
  // p of both as test/statistics/mcnemar.test.ts has them; the smallest of all three pairs is tripled.
  t.equal(pairs[0].p.toFixed(6), '0.002315');
  t.equal(pairs[0].adjusted.toFixed(6), '0.006944');
  t.equal(pairs[1].adjusted.toFixed(6), '0.153913');
  t.match(pairs[0].verdict, /^Run 2 is better than run 1 by 29 test images, p = 0\.007:/);
  t.match(
    pairs[1].verdict,
    /^Run 2 and run 3 differ by 12 test images; no significant difference, p = 0\.15:/,
  );

  const page = (await get('/compare?run=1&run=2&run=3', BROWSER)).body;
  for (const { verdict } of pairs) t.match(page, verdict);
  t.match(page, '<th scope="col">Learning rate</th><th scope="col">Seed</th>');
  t.notMatch(page, '<th scope="col">Batch size</th>', 'what is alike has no column');
  t.match(page, /<th scope="col">time<\/th>.*<td>2 of 100<\/td>\s*<td>2\.0\u00a0s<\/td>/s);
  t.match(page, '<data value="0.25">0.2500</data>', 'curves as a table');
  t.notMatch(page, /undefined|NaN|\[object/);
});

t.test('the better one may be named last, and the oldest wins a draw', async (t) => {
  const { tested, get } = await build(t);
  await tested({}, right([0, 9000]), 0.9);
  await tested({}, right([10, 9010]), 0.9);
  const { pairs, differing } = (await get('/compare?run=2&run=1')).json();
  t.match(pairs, [{ better: 1, other: 2, onlyBetter: 10, onlyOther: 10, p: 1 }]);
  t.same(differing, []);
  t.match((await get('/compare?run=2&run=1', BROWSER)).body, 'Their other settings are the same: relu, adam');
});

t.test('runs without a test, and one that flatters itself', async (t) => {
  const { store, tested, get } = await build(t);
  await tested({ validation: 'test' }, right([0, 9000]), 0.9);
  await store.create(DEFAULT_SETTINGS);
  await store.create(DEFAULT_SETTINGS);
  await end(store, 2, { state: 'failed', reason: 'Too large steps.' });
  await end(store, 3, { state: 'stopped', reason: null });
  const answer = (await get('/compare?run=1&run=2&run=3')).json();
  t.same(answer.pairs, []);
  t.same(answer.caveats, [
    'Run 1 chose its best epoch by the test set, so its test accuracy is too optimistic.',
    'Run 2 was not tested: it failed.',
    'Run 3 was not tested: it is stopped.',
  ]);
  t.equal(answer.runs[0].testInterval, null, 'no interval holds for the best of several looks');
  t.match(
    (await get('/runs/1', BROWSER)).body,
    /test accuracy<\/dt><dd>90\.00.% <small>also used to choose the best epoch/,
  );
  const page = (await get('/compare?run=2&run=3', BROWSER)).body;
  t.match(page, 'fewer than two of these runs have been tested');
  t.match(page, 'None of these runs has finished an epoch.');
});

t.test('a run says how many test images it reads beside the model in service', async (t) => {
  const { tested, get } = await build(t);
  await tested({}, right([0, 9000]), 0.9);
  await tested({}, right([0, 9938]), 0.9938);
  const shipped = 'the built-in model, now in use (99.38\u00a0%)';
  t.match((await get('/runs/1', BROWSER)).body, `it gets 938 fewer right than ${shipped}`);
  t.match((await get('/runs/2', BROWSER)).body, `it gets as many right as ${shipped}`);
});

t.test('other numbers of runs, and none that there are', async (t) => {
  const { tested, get } = await build(t);
  await tested({}, right(), 0);
  const many = Array.from({ length: 9 }, (_, i) => `run=${i + 1}`).join('&');
  for (const [url, status, sentence] of [
    ['/compare', 422, /^No runs are named: name two to 8/],
    ['/compare?run=1', 422, /^One run is named/],
    ['/compare?run=1&run=1', 422, /^Run 1 is named twice/],
    [`/compare?${many}`, 422, /^9 runs are named/],
    ['/compare?run=1&run=77', 404, /^There is no run 77\.$/],
    ['/compare?run=1&run=x', 404, /^There is no run x\.$/],
    ['/compare?run=1&run=2&runs=3', 422, /not by "runs"/],
  ] as const) {
    const answer = await get(url);
    t.equal(answer.statusCode, status, url);
    t.match(answer.json().detail, sentence);
  }
  t.equal((await get('/compare?run=1', BROWSER)).statusCode, 422);
});
