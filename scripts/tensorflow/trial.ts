/** One real training step of the tensorflow engine: loads the library, computes, and sees the loss of a batch fall. */
import { createEngine } from '../../src/engines/create-engine.ts';
import { glorotUniform } from '../../src/network/initializers.ts';
import { Random } from '../../src/network/random.ts';

const random = new Random(1);
const engine = await createEngine('tensorflow', {
  activation: 'relu',
  inputScale: 1 / 255,
  optimizer: 'sgd',
});
const images = engine.allocateImages(32);
images.images.forEach((_, i) => {
  images.images[i] = random.below(256);
});
images.labels.forEach((_, i) => {
  images.labels[i] = i % 10;
});
engine.setState({ weights: glorotUniform(random) });

const batch = Uint32Array.from({ length: images.count }, (_, i) => i);
const before = engine.trainStep(images, batch).loss;
const after = engine.evaluate(images).loss;
await engine.dispose();

console.log(`${engine.description}: loss ${before.toFixed(4)} → ${after.toFixed(4)}`);
process.exitCode = after < before ? 0 : 1;
