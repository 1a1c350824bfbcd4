import sharp from 'sharp';
import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { readPenDigits } from '../../src/datasets/pen-digits.ts';
import { type Drawing, drawingToImage } from '../../src/images/drawing.ts';
import { inkBox } from '../../src/images/ink-picture.ts';
import { thinLines } from '../../src/images/line-width.ts';
import { normaliseInk } from '../../src/images/normalise.ts';
import { scaleBox } from '../../src/images/scale.ts';

/** A ring of ink, 100 pixels across, of lines so thick: its edges are known exactly. */
function ring(thick: number) {
  const ink = new Uint8Array(100 * 100);
  for (let pixel = 0; pixel < ink.length; pixel++) {
    const radius = Math.hypot((pixel % 100) - 49.5, Math.floor(pixel / 100) - 49.5);
    const share = Math.min(50 - radius, radius - 50 + thick) + 0.5;
    ink[pixel] = Math.round(255 * Math.min(1, Math.max(0, share)));
  }
  return { width: 100, height: 100, ink };
}

t.test('thick lines become 0.12 as thick as the digit is then long', async (t) => {
  for (const thick of [22, 26, 30, 34]) {
    const { ink } = thinLines(ring(thick));
    // The middle of the line stays where it is: a ring of w has the area 2πrw, and w is to be 0.12 (2r + w).
    const radius = 50 - thick / 2;
    const wanted = (0.12 * 2 * radius) / 0.88;
    const area = ink.reduce((total, value) => total + value / 255, 0);
    const width = area / (2 * Math.PI * radius);
    t.ok(Math.abs(width - wanted) < 1, `${thick}: ${width.toFixed(2)} for ${wanted.toFixed(2)} pixels`);
  }
});

t.test('lines of usual width stay as they are', async (t) => {
  for (const thick of [4, 8, 12, 18]) {
    const usual = ring(thick);
    t.equal(thinLines(usual), usual);
  }
  const nothing = { width: 3, height: 3, ink: new Uint8Array(9) };
  t.equal(thinLines(nothing), nothing);
});

t.test('a blot stays a blot', async (t) => {
  const square = { width: 80, height: 80, ink: new Uint8Array(6400).fill(255) };
  t.equal(thinLines(square), square);
});

t.test("of MNIST's images one in fifty is thinned, no more", async (t) => {
  const { images } = readMnist('test');
  let thinned = 0;
  for (let i = 0; i < 1000; i++) {
    const picture = { width: 28, height: 28, ink: images.slice(i * 784, (i + 1) * 784) };
    const large = scaleBox(picture, inkBox(picture)!, 80);
    if (thinLines(large) !== large) thinned++;
  }
  t.ok(thinned <= 20, `${thinned} of 1,000`);
});

t.test('a digit drawn with a marker looks like the one drawn with a pen', async (t) => {
  // Digits without loops, which a marker would fill; drawn by another rasteriser than ours.
  const digits = readPenDigits().filter(({ label }) => label === 1 || label === 7);
  let [marker, pen] = [0, 0];
  for (const { strokes } of digits.slice(0, 30)) {
    const drawn = drawingToImage(strokes);
    const normalised = normaliseInk({ width: 300, height: 300, ink: await draw(strokes, 36) });
    marker += meanDifference(normalised, drawn) / 30;
    pen +=
      meanDifference(normaliseInk({ width: 300, height: 300, ink: await draw(strokes, 14) }), drawn) / 30;
  }
  t.ok(marker < pen + 6, `off by ${marker.toFixed(1)} levels; of a pen ${pen.toFixed(1)}`);
});

async function draw(strokes: Drawing, width: number): Promise<Uint8Array<ArrayBuffer>> {
  const lines = strokes.map((stroke) => `<polyline points="${stroke.join(' ')}"/>`).join('');
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300" viewBox="-50 -50 600 600">` +
    `<rect x="-50" y="-50" width="600" height="600" fill="#000"/><g fill="none" stroke="#fff" stroke-linecap="round" ` +
    `stroke-linejoin="round" stroke-width="${2 * width}">${lines}</g></svg>`;
  const image = sharp(Buffer.from(svg)).removeAlpha().toColourspace('b-w');
  return Uint8Array.from(await image.raw().toBuffer());
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((total, value, pixel) => total + Math.abs(value - b[pixel]), 0) / a.length;
}
