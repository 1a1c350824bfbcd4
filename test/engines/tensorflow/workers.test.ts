import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { createEngine } from '../../../src/engines/create-engine.ts';
import { initialWeights, loadImages, OPTIONS, train } from '../contract.ts';
import { skip } from './installed.ts';

const startWorker = (forever = false) =>
  new Worker(new URL('worker.ts', import.meta.url), { workerData: { forever } });
const losses = async () => (await once(startWorker(), 'message'))[0];

t.test(
  'threads train side by side, after one another and after one was ended in a step',
  { skip },
  async (t) => {
    const engine = await createEngine('tensorflow', OPTIONS);
    t.teardown(() => engine.dispose());
    engine.setState({ weights: initialWeights() });
    const expected = train(engine, loadImages(engine), { count: 5 });

    t.same(await Promise.all([losses(), losses()]), [expected, expected], 'side by side');
    const endless = startWorker(true);
    await once(endless, 'message');
    await endless.terminate();
    t.same(await losses(), expected, 'after one that was ended');
  },
);
