import t from 'tap';
import { augmentationSamples } from '../../src/datasets/augmentation-samples.ts';

const ink = (image: Uint8Array) => image.reduce((sum, byte) => sum + byte, 0);

t.test('ten digits as they are, then warped, each row anew', async (t) => {
  const [plain, ...warped] = augmentationSamples('elastic', 5);
  t.equal(plain.length, 10);
  t.equal(warped.length, 3);
  const all = warped.flat().map((image) => Buffer.from(image).toString('hex'));
  t.equal(new Set(all).size, 30, 'no two are alike');
  for (const row of warped) {
    for (const [digit, image] of row.entries()) {
      const share = ink(image) / ink(plain[digit]);
      t.ok(share > 0.6 && share < 1.5, `${digit} has about the ink it had: ${share}`);
    }
  }
});

t.test('the same seed shows the same pictures, another seed others', async (t) => {
  const shown = (seed: number) => Buffer.concat(augmentationSamples('affine', seed).flat());
  t.ok(shown(1).equals(shown(1)));
  t.notOk(shown(1).equals(shown(2)));
});
