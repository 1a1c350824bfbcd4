/**
 * How well a model reads real drawings: the 1,499 pen digits, as drawn and as people misplace, shrink, turn and thicken
 * them.
 *
 *   node bench/handwriting.ts [model file]
 *
 * Without a file the model that comes with the workbench is measured. One that was trained on these very drawings shows
 * here how well it remembers, not how well it reads.
 */
import sharp from 'sharp';
import { type PenDigit, readPenDigits } from '../src/datasets/pen-digits.ts';
import { createEngine } from '../src/engines/create-engine.ts';
import { CLASS_COUNT } from '../src/network/lenet5.ts';
import { type Drawing, drawingToImage, type Point } from '../src/recognition/drawing.ts';
import { liftInk } from '../src/recognition/ink.ts';
import { matrixToImage } from '../src/recognition/matrix.ts';
import { type Model, modelName } from '../src/recognition/model.ts';
import { readModel, readShippedModel } from '../src/recognition/model-reader.ts';
import { normaliseInk } from '../src/recognition/normalise.ts';
import { RecognitionService } from '../src/recognition/recognition-service.ts';

/** Units of the box the digits are drawn in, and pixels of the tutorial's pad. */
const BOX = 500;
const PAD = 300;
/** 97.5 % of a normal distribution lie below it. */
const Z = 1.96;

const digits = readPenDigits();
const [file] = process.argv.slice(2);
const model: Model = file ? (await readModel(file)).model : await readShippedModel();
const service = new RecognitionService({ createEngine });
await service.serve(model);

console.log(`${modelName(model)} on ${digits.length.toLocaleString('en')} drawings\n`);
const asDrawn = await measure('as drawn', (digit) => drawingToImage(digit.strokes));
for (const [name, change] of Object.entries(places())) await measureStrokes(name, change);
for (const degrees of [-15, 15]) await measureStrokes(`turned by ${degrees}°`, turn(degrees));
for (const lineWidth of [8, 12, 20, 30, 40]) {
  await measure(`picture of ${PAD} pixels, line width ${lineWidth}`, (digit) => asPicture(digit, lineWidth));
}
await measure("the tutorial's matrix: pad of 300, line width 20, shrunk to 28", asTutorial);
printConfusion(asDrawn);
await service.close();

type ToImage = (digit: PenDigit) => Uint8Array | Promise<Uint8Array>;

/** Prints one line and gives the answers. */
async function measure(name: string, toImage: ToImage): Promise<number[]> {
  const answers: number[] = [];
  for (const digit of digits) answers.push(service.recognise(await toImage(digit))[0].digit);
  const right = answers.filter((answer, i) => answer === digits[i].label).length;
  const [low, high] = wilson(right, digits.length).map((share) => (100 * share).toFixed(1));
  const share = ((100 * right) / digits.length).toFixed(2);
  console.log(`${share.padStart(6)} %  (95 %: ${low}–${high})  ${name}`);
  return answers;
}

function measureStrokes(name: string, change: (point: Point) => Point): Promise<number[]> {
  return measure(name, ({ strokes }) => drawingToImage(move(strokes, change)));
}

function places(): Record<string, (point: Point) => Point> {
  const far = (3 * BOX) / 4;
  return {
    'a quarter of the size, top left': ([x, y]) => [x / 4, y / 4],
    'a quarter of the size, top right': ([x, y]) => [far + x / 4, y / 4],
    'a quarter of the size, bottom left': ([x, y]) => [x / 4, far + y / 4],
    'a quarter of the size, bottom right': ([x, y]) => [far + x / 4, far + y / 4],
  };
}

function turn(degrees: number): (point: Point) => Point {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return ([x, y]) => [cos * x - sin * y, sin * x + cos * y];
}

function move(drawing: Drawing, change: (point: Point) => Point): Drawing {
  return drawing.map((stroke) => stroke.map(change));
}

async function asPicture({ strokes }: PenDigit, lineWidth: number): Promise<Uint8Array> {
  const { data, info } = await pad(strokes, lineWidth).raw().toBuffer({ resolveWithObject: true });
  const ink = liftInk({ width: info.width, height: info.height, grey: data });
  return ink ? normaliseInk(ink) : new Uint8Array();
}

async function asTutorial({ strokes }: PenDigit): Promise<Uint8Array> {
  const shrunk = await pad(strokes, 20).resize(28, 28, { kernel: 'linear' }).raw().toBuffer();
  return matrixToImage(Array.from(shrunk, (grey) => 255 - grey));
}

/** The pad as the tutorial's page draws it, by another rasteriser than ours; grey, ink dark. */
function pad(strokes: Drawing, lineWidth: number) {
  const lines = strokes.map((stroke) => `<path d="M${stroke.join('L')}${stroke.length === 1 ? 'z' : ''}"/>`);
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${PAD}" height="${PAD}" viewBox="0 0 ${BOX} ${BOX}">` +
    `<rect width="${BOX}" height="${BOX}" fill="#fff"/><g fill="none" stroke="#000" stroke-linecap="round" ` +
    `stroke-linejoin="round" stroke-width="${(lineWidth * BOX) / PAD}">${lines.join('')}</g></svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().toColourspace('b-w');
}

/** Wilson's score interval for a share. */
function wilson(right: number, count: number): [low: number, high: number] {
  const share = right / count;
  const middle = share + Z ** 2 / (2 * count);
  const reach = Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  const scale = 1 + Z ** 2 / count;
  return [(middle - reach) / scale, (middle + reach) / scale];
}

function printConfusion(answers: readonly number[]): void {
  const classes = Array.from({ length: CLASS_COUNT }, (_, k) => k);
  console.log(`\nas drawn, read as\n     ${classes.map((k) => String(k).padStart(4)).join('')}`);
  for (const label of classes) {
    const read = answers.filter((_, i) => digits[i].label === label);
    const row = classes.map((k) => String(read.filter((answer) => answer === k).length || '·').padStart(4));
    const right = read.filter((answer) => answer === label).length / read.length;
    console.log(`a ${label}  ${row.join('')}  ${(100 * right).toFixed(1)} %`);
  }
}
