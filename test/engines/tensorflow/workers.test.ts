import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { createEngine } from '../../../src/engines/create-engine.ts';
import { initialWeights, loadImages, OPTIONS, train } from '../contract.ts';
import { skip } from '../tensorflow-installed.ts';

const startWorker = (forever = false) =>
  new Worker(new URL('../../fixtures/workers/tensorflow-worker.ts', import.meta.url), {
    workerData: { forever },
  });
const lossesOf = async (worker: Worker) => (await once(worker, 'message'))[0];

t.test('threads train side by side, and after one was ended in the middle of a step', { skip }, async (t) => {
  const engine = await createEngine('tensorflow', OPTIONS);
  t.teardown(() => engine.dispose());
  engine.setState({ weights: initialWeights() });
  const expected = train(engine, loadImages(engine), { count: 5 });

  const endless = startWorker(true);
  t.same(await Promise.all([lossesOf(endless), lossesOf(startWorker())]), [expected, expected]);
  await endless.terminate();
  t.same(await lossesOf(startWorker()), expected);
});
