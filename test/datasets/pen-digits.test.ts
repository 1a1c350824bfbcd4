import t from 'tap';
import { drawPenDigits, readPenDigits } from '../../src/datasets/pen-digits.ts';
import { Random } from '../../src/network/random.ts';

const digits = readPenDigits();

t.test('1,499 drawings, every digit often', async (t) => {
  t.equal(digits.length, 1499);
  for (let digit = 0; digit < 10; digit++) {
    t.ok(digits.filter(({ label }) => label === digit).length > 100, `${digit}`);
  }
  const points = digits.flatMap(({ strokes }) => strokes.flat());
  t.ok(points.every(([x, y]) => x >= 0 && x <= 500 && y >= 0 && y <= 500));
});

t.test('draws them again and again, each time otherwise, the same for the same seed', async (t) => {
  const room = () => ({ images: new Uint8Array(20 * 784), labels: new Uint8Array(20) });
  const [first, second, other] = [room(), room(), room()];
  drawPenDigits(digits.slice(0, 10), first, new Random(1));
  drawPenDigits(digits.slice(0, 10), second, new Random(1));
  drawPenDigits(digits.slice(0, 10), other, new Random(2));
  t.equal(Buffer.compare(first.images, second.images), 0);
  t.not(Buffer.compare(first.images, other.images), 0);
  t.same(
    [...first.labels.subarray(0, 10)],
    digits.slice(0, 10).map(({ label }) => label),
  );
  t.same(first.labels.subarray(0, 10), first.labels.subarray(10));
  for (let i = 0; i < 10; i++) {
    const image = (at: number) => first.images.subarray(at * 784, (at + 1) * 784);
    t.ok(
      image(i).some((ink) => ink > 200),
      'has ink',
    );
    t.not(Buffer.compare(image(i), image(i + 10)), 0);
  }
});
