/**
 * `node bench/fuzz-pictures.ts [--minutes 3] [--seed 1]`: sends damaged, hostile and strange pictures to the built
 * server, four at a time, and counts its answers. It fails when one is a 5xx or none at all, when the server ends, or
 * when it needs 300 MB more than idle.
 */
import { parseArgs } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { readPenDigits } from '../src/datasets/pen-digits.ts';
import { Random } from '../src/network/random.ts';
import { startServer } from './served.ts';

const AT_ONCE = 4;
const MOST_MEGABYTES = 300;
/** A server that is idle has let go of what its start needed. */
const IDLE_MS = 5000;

interface Way {
  readonly name: string;
  change(file: Buffer): Buffer<ArrayBuffer>;
}

const WAYS: readonly Way[] = [
  { name: 'as it is', change: (file) => Buffer.from(file) },
  { name: 'some bytes changed', change: (file) => changeBytes(file, 1 + random.below(20)) },
  { name: 'header changed', change: (file) => changeBytes(file, 1 + random.below(8), 64) },
  { name: 'cut short', change: (file) => Buffer.from(file.subarray(0, random.below(file.length))) },
  { name: 'a piece removed', change: (file) => splice(file, 1 + random.below(200), Buffer.alloc(0)) },
  { name: 'a piece of another put in', change: (file) => splice(file, 0, piece(some(seeds).file)) },
  { name: 'continued by another', change: (file) => Buffer.concat([file, some(seeds).file]) },
  { name: 'numbers made huge', change: makeHuge },
];

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '3' }, seed: { type: 'string', default: '1' } },
});
const random = new Random(Number(values.seed));
const seeds = await pictures();
const served = await startServer();
const tally = new Map<string, number>();
let mostMegabytes = 0;
let failure = '';

try {
  await fuzz();
} finally {
  await served.stop();
}
if (failure) {
  console.log(`FAILED: ${failure}`);
  process.exitCode = 1;
}

async function fuzz(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = served.megabytes();
  const end = Date.now() + Number(values.minutes) * 60_000;
  await Promise.all(Array.from({ length: AT_ONCE }, () => sendUntil(end)));
  const goesOn = await answerTo(seeds[0].file);
  if (goesOn !== 200) failure ||= `a sound picture is answered with ${goesOn} afterwards`;
  const sent = [...tally.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${sent.toLocaleString('en')} pictures of ${seeds.length} kinds, by status and what was done to them`,
  );
  for (const [what, count] of [...tally].sort()) console.log(`${String(count).padStart(7)}  ${what}`);
  const more = mostMegabytes - idle;
  console.log(`memory: idle ${idle} MB, at most ${more} MB more`);
  if (more >= MOST_MEGABYTES) failure ||= `it needed ${more} MB more than idle`;
}

interface Seed {
  readonly name: string;
  readonly file: Buffer<ArrayBuffer>;
}

async function sendUntil(end: number): Promise<void> {
  while (Date.now() < end && !failure) {
    const { name, file } = some(seeds);
    const way = some(WAYS);
    const status = await answerTo(way.change(file));
    const what = `${status}  ${way.name}`;
    tally.set(what, (tally.get(what) ?? 0) + 1);
    if (status >= 500 || status === 0) {
      failure ||= `${status}: ${name}, ${way.name}; the server's exit code: ${served.exitCode()}`;
    }
    if (served.exitCode() === null) mostMegabytes = Math.max(mostMegabytes, served.megabytes());
  }
}

/** @returns 0 when there was no answer */
async function answerTo(file: Uint8Array<ArrayBuffer>): Promise<number> {
  const body = new FormData();
  body.set('image', new Blob([file]), 'picture');
  try {
    const answer = await fetch(`${served.url}/recognize`, { method: 'POST', body });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

function changeBytes(file: Buffer, count: number, within = file.length): Buffer<ArrayBuffer> {
  const changed = Buffer.from(file);
  for (let i = 0; i < count; i++) {
    changed[random.below(Math.min(within, changed.length))] = random.below(256);
  }
  return changed;
}

function piece(file: Buffer): Buffer {
  const from = random.below(file.length);
  return file.subarray(from, from + 1 + random.below(400));
}

function splice(file: Buffer, removed: number, put: Buffer): Buffer<ArrayBuffer> {
  const at = random.below(file.length);
  return Buffer.concat([file.subarray(0, at), put, file.subarray(at + removed)]);
}

/** Four bytes in the header, where sizes, counts and offsets stand. */
function makeHuge(file: Buffer): Buffer<ArrayBuffer> {
  const changed = Buffer.from(file);
  const at = random.below(Math.min(60, Math.max(1, file.length - 4)));
  changed.fill(some([0xff, 0x7f, 0x00, 0x80]), at, Math.min(at + 4, changed.length));
  return changed;
}

function some<T>(choices: readonly T[]): T {
  return choices[random.below(choices.length)];
}

async function pictures(): Promise<Seed[]> {
  const svg = Buffer.from(drawnAsSvg());
  const digit = () => sharp(svg).removeAlpha();
  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#fff' }, limitInputPixels: false });
  const frames = await Promise.all([digit(), digit().negate()].map((each) => each.png().toBuffer()));
  const made: Record<string, Sharp> = {
    PNG: digit().png(),
    'palette PNG': digit().png({ palette: true }),
    'interlaced PNG': digit().png({ progressive: true }),
    '16-bit PNG': digit().toColourspace('rgb16').png(),
    'PNG with alpha': sharp(svg).ensureAlpha(0.5).png(),
    JPEG: digit().jpeg(),
    'progressive JPEG': digit().jpeg({ progressive: true }),
    'CMYK JPEG': digit().toColourspace('cmyk').jpeg(),
    'JPEG lying by EXIF': digit().withMetadata({ orientation: 6 }).jpeg(),
    'JPEG of 12 megapixels': digit().resize(4000, 3000).jpeg({ quality: 40 }),
    WebP: digit().webp(),
    'lossless WebP': digit().webp({ lossless: true }),
    'animated WebP': sharp(frames, { join: { animated: true } }).webp(),
    GIF: digit().gif(),
    TIFF: digit().tiff(),
    'bomb of 90 megapixels': flat(9500, 9500).png({ compressionLevel: 9 }),
    'bomb within the limits': flat(6300, 6300).png({ compressionLevel: 9 }),
    ribbon: flat(30_000, 4).png(),
  };
  const seeds: Seed[] = [];
  for (const [name, picture] of Object.entries(made)) {
    seeds.push({ name, file: Buffer.from(await picture.toBuffer()) });
  }
  const png = seeds[0].file;
  return [
    ...seeds,
    { name: 'SVG', file: svg },
    { name: 'SVG behind a PNG signature', file: Buffer.concat([png.subarray(0, 8), svg]) },
    { name: 'zip', file: Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1'), png]) },
    { name: 'nothing', file: Buffer.from(' ') },
  ];
}

function drawnAsSvg(): string {
  const [{ strokes }] = readPenDigits();
  const lines = strokes.map((stroke) => `<polyline points="${stroke.join(' ')}"/>`).join('');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="500" height="500"><rect width="500" height="500" fill="#eee"/>` +
    `<g fill="none" stroke="#222" stroke-width="24">${lines}</g></svg>`
  );
}
