import t from 'tap';
import {
  readSafetensors,
  type SafetensorsMetadata,
  writeSafetensors,
} from '../../src/formats/safetensors.ts';
import { DIGITS, lenet5 } from '../../src/network/lenet5.ts';

const weights = Float32Array.from({ length: DIGITS.parameterCount }, (_, i) => Math.sin(i) / (1 + (i % 7)));
const metadata: SafetensorsMetadata = {
  activation: 'tanh',
  inputScale: 1 / 255,
  testAccuracy: 0.9893,
  made: 'Adam, 12 epochs, seed 1.',
};

interface Parts {
  header: Record<string, unknown>;
  data: Uint8Array;
}

/** Takes a good file apart by the format's published layout, changes it, and puts it together again. */
function changed(change: (parts: Parts) => Parts): Uint8Array {
  const bytes = Buffer.from(writeSafetensors(weights, metadata));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const parts = change({ header, data: bytes.subarray(8 + length) });
  return join(JSON.stringify(parts.header), parts.data);
}

function join(header: string, data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), data]);
}

const withMetadata = (metadata: unknown) =>
  changed(({ header, data }) => ({ header: { ...header, __metadata__: metadata }, data }));

const withTensor = (tensor: unknown) =>
  changed(({ header, data }) => ({ header: { ...header, 'conv1.kernel': tensor }, data }));

t.test('the weights and all that is known of them come back', async (t) => {
  t.same(readSafetensors(writeSafetensors(weights, metadata)), {
    network: DIGITS,
    weights,
    ...metadata,
    temperature: 1,
  });
  const calibrated = { ...metadata, temperature: 1.25 };
  t.same(readSafetensors(writeSafetensors(weights, calibrated)), { network: DIGITS, weights, ...calibrated });
});

t.test('what nobody measured or wrote down comes back as null', async (t) => {
  const bare = { ...metadata, testAccuracy: null, made: null };
  t.same(readSafetensors(writeSafetensors(weights, bare)), {
    network: DIGITS,
    weights,
    ...bare,
    temperature: 1,
  });
});

t.test('a network for any number of classes comes back', async (t) => {
  for (const classes of [2, 3, 26, 256]) {
    const network = lenet5(classes);
    const values = Float32Array.from({ length: network.parameterCount }, (_, i) => Math.cos(i));
    const read = readSafetensors(writeSafetensors(values, metadata, network));
    t.equal(read.network, network);
    t.same(read.weights, values);
  }
  t.throws(() => writeSafetensors(weights, metadata, lenet5(3)), RangeError);
});

t.test('the bytes are what the format asks for', async (t) => {
  const bytes = Buffer.from(writeSafetensors(weights, metadata));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  t.equal((8 + length) % 8, 0, 'the tensors are aligned to eight bytes');
  t.equal(bytes.length, 8 + length + 61_706 * 4);
  t.same(header['conv2.kernel'], { dtype: 'F32', shape: [5, 5, 6, 16], data_offsets: [624, 10_224] });
  t.equal(header.__metadata__.input_scale, '0.00392156862745098', 'metadata are texts');
  t.equal(bytes.readFloatLE(8 + length + 4 * 12_345), weights[12_345]);
  t.same(
    Object.keys(header).slice(1),
    DIGITS.tensors.map((tensor) => tensor.name),
  );
});

t.test('a file is read wherever it lies in memory', async (t) => {
  const bytes = writeSafetensors(weights, metadata);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  t.same(readSafetensors(shifted.subarray(3)).weights, weights);
});

t.test('weights of another size are not written', async (t) => {
  t.throws(() => writeSafetensors(new Float32Array(3), metadata), {
    name: 'RangeError',
    message: 'This network has 61706 weights, not 3.',
  });
});

t.test('a file that does not fit is refused with a sentence', async (t) => {
  const good = Buffer.from(writeSafetensors(weights, metadata));
  const notFinite = Float32Array.from(weights);
  notFinite[777] = Number.NaN;
  const tensor = { dtype: 'F32', shape: [5, 5, 1, 6], data_offsets: [0, 600] };
  const noLength = 'has a header of an implausible length';
  const cases: Record<string, readonly [bytes: Uint8Array, what: string]> = {
    empty: [new Uint8Array(0), noLength],
    'seven bytes': [new Uint8Array(7), noLength],
    'a header longer than the file': [good.subarray(0, 500), noLength],
    'a header of 2⁶³ bytes': [Buffer.alloc(1000, 0x7f), noLength],
    'not JSON': [join('{"conv1', new Uint8Array(8)), 'has a header that is not JSON'],
    'not UTF-8': [
      Buffer.concat([join('{}      ', Buffer.alloc(0)).subarray(0, 8), Buffer.alloc(8, 0xff)]),
      'has a header that is not JSON',
    ],
    'not an object': [join('[1, 2]', new Uint8Array(8)), 'has a header that is not a JSON object'],
    'a tensor missing': [withTensor(undefined), 'lacks the tensor conv1.kernel'],
    'a tensor that is a text': [withTensor('F32'), 'lacks the tensor conv1.kernel'],
    'a tensor too many': [
      changed(({ header, data }) => ({ header: { ...header, 'fc9.weight': tensor }, data })),
      'holds a tensor "fc9.weight", which this network does not have',
    ],
    'another dtype': [
      withTensor({ ...tensor, dtype: 'F16' }),
      `does not fit this network: conv1.kernel's dtype is "F16", not "F32"`,
    ],
    'another shape': [
      withTensor({ ...tensor, shape: [6, 1, 5, 5] }),
      `does not fit this network: conv1.kernel's shape is [6,1,5,5], not [5,5,1,6]`,
    ],
    'no offsets': [
      withTensor({ ...tensor, data_offsets: undefined }),
      `does not fit this network: conv1.kernel's data_offsets is missing, not [0,600]`,
    ],
    'offsets outside the file': [
      withTensor({ ...tensor, data_offsets: [9e9, 9e9 + 600] }),
      `does not fit this network: conv1.kernel's data_offsets is [9000000000,9000000600], not [0,600]`,
    ],
    'cut short': [
      good.subarray(0, good.length - 4),
      'does not fit this network: the number of bytes after the header is 246820, not 246824',
    ],
    'bytes too many': [
      Buffer.concat([good, Buffer.alloc(8)]),
      'does not fit this network: the number of bytes after the header is 246832, not 246824',
    ],
    'a weight that is NaN': [
      writeSafetensors(notFinite, metadata),
      'has weights that are not finite numbers',
    ],
    'no metadata': [withMetadata(undefined), 'does not say its activation (one of relu, tanh, sigmoid)'],
    'an unknown activation': [
      withMetadata({ activation: 'swish', input_scale: '1' }),
      'does not say its activation (one of relu, tanh, sigmoid)',
    ],
    'no scale': [withMetadata({ activation: 'relu' }), 'does not say its input_scale (above 0, at most 1)'],
    'a scale of zero': [
      withMetadata({ activation: 'relu', input_scale: '0' }),
      'does not say its input_scale (above 0, at most 1)',
    ],
    'an accuracy of 120 %': [
      withMetadata({ activation: 'relu', input_scale: '1', test_accuracy: '1.2' }),
      'has a test_accuracy that is not from 0 to 1',
    ],
    'a temperature of zero': [
      withMetadata({ activation: 'relu', input_scale: '1', temperature: '0' }),
      'has a temperature that is not above 0',
    ],
  };
  for (const [name, [bytes, what]] of Object.entries(cases)) {
    t.throws(
      () => readSafetensors(bytes),
      { code: 'BAD_MODEL_FILE', status: 422, message: `The safetensors file ${what}.` },
      name,
    );
  }
});
