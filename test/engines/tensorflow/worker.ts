/** A worker that trains a few steps with the tensorflow engine and reports its losses. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../../../src/engines/create-engine.ts';
import { initialWeights, loadImages, OPTIONS, train } from '../contract.ts';

const engine = await createEngine('tensorflow', OPTIONS);
engine.setState({ weights: initialWeights() });
const images = loadImages(engine);
do parentPort!.postMessage(train(engine, images, { count: 5 }));
while (workerData.forever);
await engine.dispose();
