import sharp, { type Sharp } from 'sharp';
import t, { type Test } from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { type Drawing, drawingToImage } from '../../src/images/drawing.ts';
import { pictureToImages } from '../../src/images/picture.ts';
import { LARGEST_PICTURE } from '../../src/images/sizes.ts';
import { readShippedModel } from '../../src/recognition/model-reader.ts';
import { toReading } from '../../src/recognition/reading.ts';
import { RecognitionService } from '../../src/recognition/recognition-service.ts';
import { readPenDigits } from '../fixtures/pen-digits/pen-digits.ts';

const { strokes } = readPenDigits().find(({ label }) => label === 2)!;
const drawn = drawingToImage(strokes);

/** The drawing as vector graphics, line width 24 of 500, on its own paper. */
const svg = (ink: string, paper: string, transform = '') => {
  const lines = strokes.map((stroke) => `<polyline points="${stroke.join(' ')}"/>`).join('');
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="500" height="500"><rect width="500" height="500" fill="${paper}"/>` +
      `<g fill="none" stroke="${ink}" stroke-width="24" stroke-linecap="round" stroke-linejoin="round" transform="${transform}">${lines}</g></svg>`,
  );
};

/** Drawn by another rasteriser than ours, apart from this process's settings of sharp. */
const picture = async (ink = '#000', paper = '#fff') => rendered.get(`${ink} ${paper}`)!.clone();
const rendered = new Map<string, Sharp>();
for (const [ink, paper] of [
  ['#000', '#fff'],
  ['#fff', '#000'],
  ['#e02020', '#fff'],
  ['#203080', '#f0e8d0'],
  ['#000', 'none'],
  ['#fff', 'none'],
]) {
  const { data, info } = await sharp(svg(ink, paper)).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  rendered.set(`${ink} ${paper}`, sharp(data, { raw: { width, height, channels } }));
}

/** Mean difference of two images, in levels of 255; two different digits differ by 40 and more. */
const difference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, pixel) => sum + Math.abs(value - b[pixel]), 0) / a.length;

async function looksDrawn(t: Test, name: string, file: Buffer) {
  const off = difference((await pictureToImages(file)).images[0], drawn);
  t.ok(off < 18, `${name}: ${off.toFixed(1)} levels from the drawing`);
}

t.test('a picture becomes the image that the drawing becomes', async (t) => {
  await looksDrawn(t, 'PNG', await (await picture()).png().toBuffer());
  await looksDrawn(t, 'JPEG', await (await picture()).jpeg({ quality: 60 }).toBuffer());
  await looksDrawn(t, 'WebP', await (await picture()).webp().toBuffer());
  await looksDrawn(t, 'white on black', await (await picture('#fff', '#000')).png().toBuffer());
  await looksDrawn(t, 'red on white', await (await picture('#e02020', '#fff')).png().toBuffer());
  await looksDrawn(t, 'blue on cream', await (await picture('#203080', '#f0e8d0')).png().toBuffer());
  await looksDrawn(t, 'black on nothing', await (await picture('#000', 'none')).png().toBuffer());
  await looksDrawn(t, 'white on nothing', await (await picture('#fff', 'none')).png().toBuffer());
});

t.test('whatever its encoding', async (t) => {
  const opaque = async () => (await picture()).removeAlpha();
  await looksDrawn(t, 'CMYK JPEG', await (await opaque()).toColourspace('cmyk').jpeg().toBuffer());
  await looksDrawn(t, '16-bit PNG', await (await opaque()).toColourspace('rgb16').png().toBuffer());
  await looksDrawn(t, 'palette PNG', await (await opaque()).png({ palette: true, colours: 4 }).toBuffer());
  await looksDrawn(t, 'grey PNG', await (await opaque()).toColourspace('b-w').png().toBuffer());
  await looksDrawn(t, 'interlaced PNG', await (await opaque()).png({ progressive: true }).toBuffer());
  await looksDrawn(t, 'progressive JPEG', await (await opaque()).jpeg({ progressive: true }).toBuffer());
  const lying = (await opaque()).rotate(-90).withMetadata({ orientation: 6 });
  await looksDrawn(t, 'lying JPEG whose EXIF says so', await lying.jpeg().toBuffer());
  const large = (await opaque()).resize(3000, 3000);
  await looksDrawn(t, '9 megapixels', await large.jpeg({ quality: 50 }).toBuffer());
});

t.test('a photograph of ink on paper: uneven light, grain, faint rules, a table at the edge', async (t) => {
  const { data } = await (await picture())
    .removeAlpha()
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  let noise = 1;
  const photo = data.map((value: number, pixel: number) => {
    const [x, y] = [pixel % 500, Math.floor(pixel / 500)];
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    if (x < 12) return 40;
    const light = 0.55 + (0.4 * x) / 500 - (0.15 * y) / 500;
    const paper = y % 40 < 2 ? 190 : 235;
    return light * Math.min(paper, 50 + value) + (noise / 2 ** 32) * 12 - 6;
  });
  const jpeg = sharp(photo, { raw: { width: 500, height: 500, channels: 1 } }).jpeg({ quality: 75 });
  await looksDrawn(t, 'dark on bright', await jpeg.toBuffer());
  await looksDrawn(t, 'bright on dark', await jpeg.clone().negate().toBuffer());
});

/** Digits photographed on ruled and on squared paper, under uneven light; drawn before sharp's own settings change. */
const PAPERS = {
  'plain paper': { pitch: 0, shade: 0, tilt: 0, squared: false },
  'faint rules': { pitch: 60, shade: 170, tilt: 0, squared: false },
  'dark rules': { pitch: 60, shade: 60, tilt: 1, squared: false },
  'dark rules, held askew': { pitch: 60, shade: 60, tilt: 4, squared: false },
  'dark squares': { pitch: 36, shade: 70, tilt: 1.5, squared: true },
} as const;
const written = readPenDigits().filter((_, i) => i % 75 === 0);
const photographs = await Promise.all(
  Object.entries(PAPERS).flatMap(([name, paper]) =>
    written.map(async (digit) => ({ ...digit, name, jpeg: await photograph(digit.strokes, paper) })),
  ),
);

async function photograph(
  strokes: Drawing,
  { pitch, shade, tilt, squared }: (typeof PAPERS)[keyof typeof PAPERS],
) {
  const [width, height] = [640, 480];
  const lines = pitch ? Array.from({ length: 20 }, (_, i) => (i - 2) * pitch) : [];
  const rules = lines.map((at) => `<path d="M-100 ${at}H740${squared ? `M${at} -100V600` : ''}"/>`).join('');
  const pen = strokes.map((stroke) => `<polyline points="${stroke.join(' ')}"/>`).join('');
  const page =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="640" height="480" fill="#eee"/>` +
    `<g stroke="rgb(${shade},${shade},${shade})" stroke-width="2.5" transform="rotate(${tilt} 320 240)">${rules}</g>` +
    `<g fill="none" stroke="#222" stroke-width="28" stroke-linecap="round" stroke-linejoin="round" transform="translate(200 110) scale(0.5)">${pen}</g></svg>`;
  const grey = await sharp(Buffer.from(page)).removeAlpha().toColourspace('b-w').raw().toBuffer();
  let noise = 1;
  const seen = grey.map((value: number, pixel: number) => {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    const light = 0.95 - (0.35 * (pixel % width)) / width - (0.1 * pixel) / grey.length;
    return Math.max(0, Math.min(255, value * light + (noise / 2 ** 32 - 0.5) * 14));
  });
  return sharp(seen, { raw: { width, height, channels: 1 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

t.test('digits on ruled and squared paper are read as what was written', async (t) => {
  const recognition = new RecognitionService({ createEngine });
  await recognition.serve(await readShippedModel());
  t.teardown(() => recognition.close());
  for (const name of Object.keys(PAPERS)) {
    const wrong: string[] = [];
    for (const { label, jpeg } of photographs.filter((photo) => photo.name === name)) {
      const { images, cells } = await pictureToImages(jpeg);
      const { digit, digits, text } = toReading(
        images.map((image) => recognition.recognise(image)[0]),
        cells,
      );
      if (digits || digit !== label) wrong.push(`${label}: ${text}`);
    }
    t.ok(wrong.length <= 1, `${name}: ${wrong.length} of ${written.length} wrong ${wrong}`);
  }
});

t.test('digits apart become an image each', async (t) => {
  const one = await (await picture()).removeAlpha().toColourspace('b-w').raw().toBuffer();
  const both = await sharp({ create: { width: 1000, height: 500, channels: 3, background: '#fff' } })
    .composite(
      [0, 500].map((left) => ({ input: one, raw: { width: 500, height: 500, channels: 1 }, left, top: 0 })),
    )
    .png()
    .toBuffer();
  const { images, cells = [] } = await pictureToImages(both);
  const apart = images.filter((_, i) => !cells[i].isWhole && !cells[i].isParted);
  t.equal(apart.length, 2);
  for (const image of apart) t.ok(difference(image, drawn) < 18);
});

t.test("MNIST's own images, saved as pictures, are left as they are", async (t) => {
  const { images } = readMnist('test');
  for (let i = 0; i < 20; i++) {
    const image = images.slice(i * 784, (i + 1) * 784);
    const png = await sharp(image, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toBuffer();
    const off = difference((await pictureToImages(png)).images[0], image);
    if (off > 0.5) t.fail(`image ${i} differs by ${off}`);
  }
  t.pass('20 images');
});

t.test('pictures at once are all read', async (t) => {
  const png = await (await picture()).png().toBuffer();
  const broken = t.rejects(pictureToImages(png.subarray(0, png.length / 2)), { code: 'BAD_PICTURE' });
  const images = await Promise.all([pictureToImages(png), pictureToImages(png), pictureToImages(png)]);
  t.same(images[2], images[0]);
  await broken;
});

t.test('a blank picture is an empty drawing', async (t) => {
  const nothing = { code: 'NOTHING_DRAWN', status: 422, message: 'Nothing drawn.', field: 'image' };
  const blank = (background: string, side = 50) =>
    sharp({ create: { width: side, height: side, channels: 4, background } })
      .png()
      .toBuffer();
  await t.rejects(pictureToImages(await blank('#fff')), nothing, 'white');
  await t.rejects(pictureToImages(await blank('#777')), nothing, 'grey');
  await t.rejects(pictureToImages(await blank('#fff0')), nothing, 'transparent');
  await t.rejects(pictureToImages(await blank('#fff', 1)), nothing, 'one pixel');
  const grain = Uint8Array.from({ length: 10_000 }, (_, i) => 200 + ((i * 7919) % 9));
  const paper = sharp(grain, { raw: { width: 100, height: 100, channels: 1 } }).png();
  await t.rejects(pictureToImages(await paper.toBuffer()), nothing, 'paper with grain');
});

t.test('a picture that cannot be read is refused with a sentence', async (t) => {
  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#fff' }, limitInputPixels: false });
  const png = await (await picture()).png().toBuffer();
  const jpeg = await (await picture()).removeAlpha().jpeg().toBuffer();
  const frames = [0, 1].map((i) =>
    flat(20, 20)
      .negate(i === 1)
      .png()
      .toBuffer(),
  );
  const animated = await sharp(await Promise.all(frames), { join: { animated: true } })
    .webp()
    .toBuffer();
  const format = 'The picture must be a PNG, JPEG or WebP file.';
  const damaged = 'The picture is damaged or incomplete.';
  const cases: [name: string, file: Uint8Array, status: number, message: string][] = [
    ['SVG', svg('#000', '#fff'), 415, format],
    ['GIF', Buffer.from('GIF89a\x01\0\x01\0\0\0\0;'), 415, format],
    ['TIFF', Buffer.from('II*\0\x08\0\0\0'), 415, format],
    ['zip', Buffer.from('PK\x03\x04\0\0'), 415, format],
    ['text', Buffer.from('seven'), 415, format],
    ['empty', Buffer.alloc(0), 415, format],
    ['RIFF that is no WebP', Buffer.from('RIFF\x04\0\0\0WAVEfmt '), 415, format],
    ['more than 12 MB', Buffer.alloc(LARGEST_PICTURE + 1), 413, 'The picture has more than 12 MB.'],
    ['PNG cut short', png.subarray(0, png.length - 300), 422, damaged],
    ['JPEG cut short', jpeg.subarray(0, jpeg.length / 2), 422, damaged],
    ['only a PNG signature', png.subarray(0, 8), 422, damaged],
    ['only a JPEG signature', Buffer.from('\xff\xd8\xff\xe0', 'latin1'), 422, damaged],
    ['SVG behind a PNG signature', Buffer.concat([png.subarray(0, 8), svg('#000', '#fff')]), 422, damaged],
    ['animated', animated, 422, 'The picture is animated; send a still one.'],
    [
      '30,000 pixels wide',
      await flat(30_000, 20).png().toBuffer(),
      422,
      'The picture has 30,000 × 20 pixels; no side may be longer than 10,000.',
    ],
    [
      'a bomb of 90 megapixels in few bytes',
      await flat(9_500, 9_500).png({ compressionLevel: 9 }).toBuffer(),
      422,
      'The picture has more than 40 megapixels.',
    ],
    [
      'interlaced, 16 megapixels',
      await flat(4_000, 4_000).png({ progressive: true }).toBuffer(),
      422,
      'The picture is interlaced or progressive and has more than 12 megapixels.',
    ],
  ];
  for (const [name, file, status, message] of cases) {
    await t.rejects(pictureToImages(file), { code: 'BAD_PICTURE', status, message, field: 'image' }, name);
  }
});

t.test('a picture with a speck on it is too little, one with a small letter is not', async (t) => {
  const dotted = (paper: number, side: number) =>
    sharp({ create: { width: paper, height: paper, channels: 3, background: '#fff' } })
      .composite([
        {
          input: { create: { width: side, height: side, channels: 3, background: '#000' } },
          left: Math.floor(paper / 3),
          top: Math.floor(paper / 2),
        },
      ])
      .png()
      .toBuffer();
  for (const [paper, side] of [
    [60, 1],
    [60, 4],
    [400, 1],
    [400, 8],
    [1600, 30],
  ]) {
    const tooLittle = { code: 'NOTHING_DRAWN', status: 422, message: /^Too little drawn/, field: 'image' };
    await t.rejects(pictureToImages(await dotted(paper, side)), tooLittle, `${side} of ${paper} pixels`);
  }
  for (const [paper, side] of [
    [60, 6],
    [400, 14],
    [1600, 50],
  ]) {
    const { images } = await pictureToImages(await dotted(paper, side));
    t.equal(images.length, 1, `${side} of ${paper} pixels`);
  }
});
