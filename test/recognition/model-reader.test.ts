import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { createEngine } from '../../src/engines/create-engine.ts';
import { readModelFile } from '../../src/formats/model-file.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import { DIGITS } from '../../src/network/lenet5.ts';
import { rankReadings } from '../../src/recognition/input-scale.ts';
import { readModel, readShippedModel } from '../../src/recognition/model-reader.ts';

const KERAS = path.join(import.meta.dirname, '../fixtures/keras-model/lenet5.h5');
const trained = await readModelFile(KERAS);

/** The same network for raw bytes: its first layer takes inputs 255 times as large. */
function forRawBytes(weights: Float32Array): Float32Array<ArrayBuffer> {
  const { offset, size } = DIGITS.tensors[0];
  return Float32Array.from(weights, (weight, i) =>
    i >= offset && i < offset + size ? weight / 255 : weight,
  );
}

t.test('a Keras file trained on inputs of 0–1 is taken so, and says so', async (t) => {
  const { model, sentence } = await readModel(KERAS);
  t.match(model, { source: { kind: 'file', file: 'lenet5.h5' }, activation: 'relu', testAccuracy: null });
  t.equal(model.inputScale, 1 / 255);
  t.match(
    sentence,
    /^Using lenet5\.h5: taken as relu on inputs of 0–1, which gets 98\.\d % right of 1,000 MNIST test images \(relu on inputs of 0–255 \d\d\.\d %\)\.$/,
  );
});

t.test('weights trained on raw bytes are found to be', async (t) => {
  const raw = { ...trained, weights: forRawBytes(trained.weights) };
  const [best, other] = await rankReadings(raw, { createEngine, count: 500 });
  t.equal(best.inputScale, 1);
  t.ok(best.accuracy > 0.97, `accuracy ${best.accuracy}`);
  t.equal(other.inputScale, 1 / 255);
  t.ok(other.loss > 2 * best.loss, `loss ${best.loss}, the other way ${other.loss}`);
});

t.test('of weights only, the activation is found as well', async (t) => {
  const readings = await rankReadings({ ...trained, activation: null }, { createEngine, count: 500 });
  t.equal(readings.length, 6, 'three activations, two scales');
  t.match(readings[0], { activation: 'relu', inputScale: 1 / 255 });
});

t.test('what the file says is not tried', async (t) => {
  const file = path.join(t.testdir({}), 'mine.safetensors');
  const stated = { activation: 'sigmoid', inputScale: 1, made: null } as const;
  writeFileSync(
    file,
    writeSafetensors(trained.weights, { ...stated, testAccuracy: 0.98765, temperature: 1.2 }),
  );
  const { model, sentence } = await readModel(file);
  t.match(model, { activation: 'sigmoid', inputScale: 1, testAccuracy: 0.98765, temperature: 1.2 });
  t.equal(sentence, "Using mine.safetensors: sigmoid, 98.77 % right on MNIST's test images.");
  writeFileSync(file, writeSafetensors(trained.weights, { ...stated, testAccuracy: null }));
  t.equal((await readModel(file)).sentence, 'Using mine.safetensors: sigmoid.');
});

t.test('a file that reads nothing is refused', async (t) => {
  const { default: h5wasm } = await import('h5wasm');
  const { FS } = await h5wasm.ready;
  const made = new h5wasm.File('/blank.h5', 'w');
  for (const { name, shape, size } of DIGITS.tensors) {
    made.create_dataset({ name: name.replace('.', '_'), data: new Float32Array(size), shape: [...shape] });
  }
  made.close();
  const file = path.join(t.testdir({}), 'blank.h5');
  writeFileSync(file, FS.readFile('/blank.h5') as Uint8Array);
  await t.rejects(readModel(file), {
    code: 'BAD_MODEL_FILE',
    message: /^blank\.h5 gets only \d+\.\d % of MNIST right: it was not trained on digits\.$/,
  });
});

t.test('the built-in model', async (t) => {
  const model = await readShippedModel();
  t.same(model.source, { kind: 'shipped' });
  t.equal(model.weights.length, DIGITS.parameterCount);
  const [reading] = await rankReadings(
    { ...model, network: DIGITS, made: null, temperature: 1, weights: new Float32Array(model.weights) },
    { createEngine, count: 10_000 },
  );
  t.ok(reading.accuracy >= 0.989, `reads ${reading.accuracy} of MNIST's test images`);
  t.equal(model.testAccuracy, reading.accuracy, 'which is what its file says');
});
