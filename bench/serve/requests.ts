/** What the benchmark of the server sends: the same digit in each way in which it can be sent, and many at once. */
import sharp from 'sharp';
import { readMnist } from '../../src/datasets/mnist.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../../src/network/lenet5.ts';

/** For autocannon. */
export interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export const BATCH = 1000;
const BOUNDARY = 'a-boundary-that-no-picture-has';
const JSON_TYPE = { 'content-type': 'application/json' };

const { images, labels } = readMnist('test');
const pixels = (i: number) => images.subarray(i * IMAGE_SIZE, (i + 1) * IMAGE_SIZE);

/** Of MNIST's test image i. */
export const matrix = (i: number): string => JSON.stringify([...pixels(i)]);
export const label = (i: number): number => labels[i];

const recognise = (headers: Readonly<Record<string, string>>, body: string | Buffer): Sent => ({
  path: '/recognize',
  method: 'POST',
  headers,
  body,
});

const matrices = Array.from({ length: BATCH }, (_, i) => `{"matrix":${matrix(i)}}`);

export const FORM = recognise({ 'content-type': 'application/x-www-form-urlencoded' }, `matrix=${matrix(0)}`);
export const MATRIX = recognise(JSON_TYPE, `{"matrix":${matrix(0)}}`);

export const SINGLE: Readonly<Record<string, Sent>> = {
  form: FORM,
  JSON: MATRIX,
  strokes: recognise(
    JSON_TYPE,
    '{"strokes":[[[78,76],[110,70],[150,66],[190,66],[214,70],[200,120],[180,160],[160,200],[140,236]]]}',
  ),
  PNG: recognise({ 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, multipart(await png())),
  'V2 infer': {
    path: '/v2/models/lenet5/infer',
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({
      inputs: [
        { name: 'images', datatype: 'UINT8', shape: [1, IMAGE_SIDE, IMAGE_SIDE], data: [...pixels(0)] },
      ],
    }),
  },
};

export const MANY: Readonly<Record<string, Sent>> = {
  JSON: recognise(JSON_TYPE, `{"inputs":[${matrices}]}`),
  'JSON lines': recognise({ 'content-type': 'application/x-ndjson' }, matrices.join('\n')),
};

/** Ink on paper, 280 pixels wide, as a tablet saves it. */
function png(): Promise<Buffer> {
  const raw = { width: IMAGE_SIDE, height: IMAGE_SIDE, channels: 1 } as const;
  return sharp(Buffer.from(pixels(0)), { raw })
    .negate()
    .resize(280, 280)
    .png()
    .toBuffer();
}

function multipart(file: Buffer): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="digit.png"\r\nContent-Type: image/png\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}
