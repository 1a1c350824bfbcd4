import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { readModelFile } from '../../src/formats/model-file.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import { DIGITS } from '../../src/network/lenet5.ts';

const KERAS = path.join(import.meta.dirname, '../fixtures/keras-model/lenet5.h5');

t.test('the format is told by the content, not by the name', async (t) => {
  const folder = t.testdir({});
  const metadata = { activation: 'tanh', inputScale: 1, testAccuracy: null, made: null } as const;
  const file = path.join(folder, 'model.h5');
  writeFileSync(file, writeSafetensors(new Float32Array(DIGITS.parameterCount).fill(0.25), metadata));
  t.match(await readModelFile(file), metadata);
  t.match(await readModelFile(KERAS), { activation: 'relu', inputScale: null });
});

t.test('a file that cannot be read is refused with a sentence that names it', async (t) => {
  const folder = t.testdir({
    'notes.txt': 'weights, to do',
    'lenet5.keras': 'PK\x03\x04 and so on',
    empty: '',
    large: Buffer.alloc(16 * 2 ** 20 + 1),
    cut: '\x20\0\0\0\0\0\0\0{"conv1.kernel":',
  });
  const none = 'is neither a safetensors nor a Keras HDF5 file.';
  const cases: Record<string, string> = {
    'notes.txt': `notes.txt ${none}`,
    empty: `empty ${none}`,
    'lenet5.keras': `lenet5.keras ${none} A .keras archive must be saved as HDF5: model.save("lenet5.h5").`,
    large: 'large is too large for a model of this network: more than 16 MB.',
    nowhere: 'nowhere cannot be opened: does it exist, and is it readable?',
    cut: 'The safetensors file has a header of an implausible length.',
    '.': `${path.basename(folder)} is not a file.`,
  };
  for (const [name, message] of Object.entries(cases)) {
    await t.rejects(
      readModelFile(path.join(folder, name)),
      { code: 'BAD_MODEL_FILE', status: 422, message },
      name,
    );
  }
});
