import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { drawingToImage } from '../../src/images/drawing.ts';
import { normaliseInk } from '../../src/images/normalise.ts';
import { KINDS, KindReader } from '../../src/recognition/kind.ts';
import { letters, type NotADigit, scribbles } from '../fixtures/not-digits/not-digits.ts';

const kinds = await KindReader.open(createEngine);
t.teardown(() => kinds.dispose());
const mnist = readMnist('test');

const images = (drawings: readonly NotADigit[]) =>
  Buffer.concat(drawings.map(({ strokes }) => drawingToImage(strokes)));

/** The share of images that are a digit at least so much. */
const digitShare = (all: Uint8Array) => {
  const shares = kinds.read(all);
  return shares.filter(({ digit }) => digit >= 0.1).length / shares.length;
};

t.test('the shares of the kinds sum to 1', async (t) => {
  for (const shares of kinds.read(mnist.images.subarray(0, 784 * 20))) {
    const sum = KINDS.reduce((all, kind) => all + shares[kind], 0);
    t.ok(Math.abs(sum - 1) < 0.01, `${sum}: outputs without a kind were never learnt`);
  }
  t.same(kinds.read(new Uint8Array()), []);
});

t.test('digits are digits; scribbles and letters, of which it has seen none, are not', async (t) => {
  const digits = digitShare(mnist.images.subarray(0, 784 * 2000));
  t.ok(digits >= 0.985, `${digits} of MNIST's test images`);
  const scribbled = digitShare(images(scribbles({ count: 200, seed: 7 })));
  t.ok(scribbled <= 0.08, `${scribbled} of the scribbles`);
  const drawn = letters({ each: 10, seed: 7 });
  const all = digitShare(images(drawn));
  t.ok(all <= 0.25, `${all} of all letters`);
  const unlike = digitShare(images(drawn.filter(({ name }) => !'BDGU'.includes(name))));
  t.ok(unlike <= 0.12, `${unlike} of those that are not drawn as 8, 0 and 6 are`);
});

t.test('two digits side by side are two', async (t) => {
  let two = 0;
  for (let i = 0; i < 100; i++) {
    const ink = new Uint8Array(28 * 48);
    for (let y = 0; y < 28; y++) {
      ink.set(mnist.images.subarray((2 * i * 28 + y) * 28, (2 * i * 28 + y) * 28 + 24), y * 48);
      ink.set(
        mnist.images.subarray(((2 * i + 1) * 28 + y) * 28 + 4, ((2 * i + 1) * 28 + y + 1) * 28),
        y * 48 + 24,
      );
    }
    if (kinds.read(normaliseInk({ width: 48, height: 28, ink }))[0].two >= 0.5) two++;
  }
  t.ok(two >= 85, `${two} of 100`);
});
