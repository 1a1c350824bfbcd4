import t from 'tap';
import { createEngine } from '../../src/engines/create-engine.ts';
import { epochSeconds, measureSpeed, stepMilliseconds } from '../../src/training/engine-speed.ts';

t.test('between two measured batch sizes a step lies on their line', async (t) => {
  const speed = { 1: 0.2, 8: 0.5, 32: 1, 128: 4 };
  t.equal(stepMilliseconds(speed, 1), 0.2);
  t.equal(stepMilliseconds(speed, 32), 1);
  t.equal(stepMilliseconds(speed, 20), 0.75, 'half way from 8 to 32');
  t.equal(stepMilliseconds(speed, 128), 4);
  // 55,000 images in batches of 32: 1,719 steps of 1 ms.
  t.equal(epochSeconds(speed, 32, 55_000), 1.719);
});

t.test('measures a real engine', async (t) => {
  const options = { activation: 'relu', inputScale: 1 / 255, optimizer: 'adam', batchSize: 128 } as const;
  const engine = await createEngine('simd', options);
  const speed = measureSpeed(engine);
  await engine.dispose();
  t.same(Object.keys(speed), ['1', '8', '32', '128']);
  t.ok(speed[1] > 0 && speed[1] < speed[128], 'a larger batch takes longer');
});
