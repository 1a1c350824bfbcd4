import { Worker } from 'node:worker_threads';
import t from 'tap';
import { Counters } from '../../src/training/counters.ts';

t.test('new counters are zero', async (t) => {
  const counters = new Counters();
  t.same(counters.read(), { steps: 0, imagesPerEpoch: 0, seconds: 0, loss: 0, accuracy: 0 });
  t.equal(counters.stopRequested, false);
});

t.test('what one side counts the other reads, and the other way hears stop', async (t) => {
  const here = new Counters();
  const there = new Counters(here.buffer);
  there.begin(55_000);
  there.countStep({ loss: 2.5, accuracy: 0.125, seconds: 0.25 });
  there.countStep({ loss: 1.5, accuracy: 0.5, seconds: 0.5 });
  t.same(here.read(), { steps: 2, imagesPerEpoch: 55_000, seconds: 0.5, loss: 1.5, accuracy: 0.5 });
  here.requestStop();
  t.equal(there.stopRequested, true);
});

t.test('across threads', async (t) => {
  const counters = new Counters();
  const source = `
    const { workerData } = require('node:worker_threads');
    import(workerData.url).then(({ Counters }) => {
      const counters = new Counters(workerData.buffer);
      counters.begin(20);
      for (let step = 1; step <= 1000; step++) counters.countStep({ loss: step, accuracy: 1, seconds: step / 8 });
    });`;
  const url = new URL('../../src/training/counters.ts', import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { url, buffer: counters.buffer } });
  await new Promise((resolve) => worker.once('exit', resolve));
  t.same(counters.read(), { steps: 1000, imagesPerEpoch: 20, seconds: 125, loss: 1000, accuracy: 1 });
});
