/**
 * How well a model reads real drawings, as drawn and as people misplace, shrink, turn and thicken them; how far its
 * probabilities can be trusted; and what it says of drawings that are no digit.
 *
 *   node bench/handwriting.ts [--folds 5] [--epochs 24] [--keep <folder>] [--picture worst-fifty.png]
 *   node bench/handwriting.ts <model file> | shipped
 *
 * The 1,499 pen digits are read by cross-validation: each by a model trained, as the shipped one is, on the drawings of
 * other writers; --keep keeps these models, to measure again without training. A given model reads all of them; one that
 * was trained on them shows here how well it remembers.
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { readMnist } from '../src/datasets/mnist.ts';
import type { PenDigit } from '../src/datasets/pen-digits.ts';
import { drawingCells } from '../src/images/digit-cells.ts';
import { type Drawing, drawingToImage, type Point } from '../src/images/drawing.ts';
import { liftInk } from '../src/images/ink.ts';
import { matrixToImage } from '../src/images/matrix.ts';
import { normaliseInk } from '../src/images/normalise.ts';
import type { DigitImages } from '../src/images/taken.ts';
import { calibrationError } from '../src/network/calibration.ts';
import { DIGITS } from '../src/network/lenet5.ts';
import { choosePath } from '../src/recognition/digit-path.ts';
import { readModel, readShippedModel } from '../src/recognition/model-reader.ts';
import { isSure } from '../src/recognition/reading.ts';
import type { Prediction, RecognitionService } from '../src/recognition/recognition-service.ts';
import { letters, scribbles } from '../test/fixtures/not-digits/not-digits.ts';
import { singleFold, trainFolds } from './handwriting/fold.ts';
import { drawWorst } from './handwriting/worst-picture.ts';

/** Units of the box the digits are drawn in, and pixels of the tutorial's pad. */
const BOX = 500;
const PAD = 300;
/** 97.5 % of a normal distribution lie below it. */
const Z = 1.96;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folds: { type: 'string', default: '5' },
    epochs: { type: 'string', default: '24' },
    keep: { type: 'string' },
    picture: { type: 'string', default: 'worst-fifty.png' },
  },
});
const [file] = positionals;
const folds = file
  ? await singleFold(file === 'shipped' ? await readShippedModel() : (await readModel(file)).model)
  : await trainFolds({ count: Number(values.folds), epochs: Number(values.epochs), keep: values.keep });
const digits = folds.flatMap((fold) => fold.digits);

console.log(
  `\n${file ?? 'cross-validation by writers'}: ${digits.length.toLocaleString('en')} drawings read right`,
);
const asDrawn = await measure('as drawn', (digit) => drawingToImage(digit.strokes));
for (const [name, change] of Object.entries(places())) await measureStrokes(name, change);
for (const degrees of [-15, 15]) await measureStrokes(`turned by ${degrees}°`, turn(degrees));
for (const lineWidth of [8, 12, 20, 30, 40]) {
  await measure(`picture of ${PAD} pixels, line width ${lineWidth}`, (digit) => asPicture(digit, lineWidth));
}
for (const lineWidth of [20, 30, 40]) {
  const name = `the tutorial's matrix: pad of ${PAD}, line width ${lineWidth}, shrunk to 28`;
  await measure(name, (digit) => asTutorial(digit, lineWidth));
}
printConfusion(asDrawn.map(({ digit }) => digit));
measureMnist();
measureTrust();
await drawWorst(
  asDrawn.map(({ digit, probabilities }, i) => {
    const { label, strokes } = digits[i];
    return { image: drawingToImage(strokes), label, digit, probability: probabilities[label] };
  }),
  values.picture,
);
console.log(`\nThe worst fifty: ${values.picture}`);
for (const { service } of folds) await service.close();

type ToImage = (digit: PenDigit) => Uint8Array | Promise<Uint8Array>;

/** Prints one line and gives what was said of each drawing. */
async function measure(name: string, toImage: ToImage): Promise<Prediction[]> {
  const answers: Prediction[] = [];
  for (const fold of folds) {
    for (const digit of fold.digits) answers.push(fold.service.recognise(await toImage(digit))[0]);
  }
  printShare(name, answers.filter(({ digit }, i) => digit === digits[i].label).length, answers.length);
  return answers;
}

function printShare(name: string, part: number, count: number): void {
  const [low, high] = wilson(part, count).map((share) => (100 * share).toFixed(1));
  const share = ((100 * part) / count).toFixed(2);
  console.log(`${share.padStart(6)} %  (95 %: ${low}–${high})  ${name}`);
}

/** Each fold's model reads all of MNIST's test set. */
function measureMnist(): void {
  const { images, labels } = readMnist('test');
  const answers = folds.flatMap(({ service }) => service.recognise(images));
  const labelOf = (i: number) => labels[i % labels.length];
  console.log(`\nMNIST's test set${folds.length > 1 ? `, by ${folds.length} models` : ''}`);
  printShare('read right', answers.filter(({ digit }, i) => digit === labelOf(i)).length, answers.length);
  printShare('called sure', answers.filter(isSure).length, answers.length);
  printCalibration(
    answers,
    answers.map((_, i) => labelOf(i)),
  );
}

function measureTrust(): void {
  console.log('\ndrawings');
  printShare('called sure', asDrawn.filter(isSure).length, digits.length);
  printShare('of several strokes, taken for one digit', ...keptWhole());
  printCalibration(
    asDrawn,
    digits.map(({ label }) => label),
  );
  const drawn = letters({ each: 30, seed: 1 });
  console.log('\nno digits, called sure');
  printSure('letters', drawn);
  printSure(
    'letters but B, D, G and U, which are drawn as 8, 0, 6 and 0 are',
    drawn.filter(({ name }) => !'BDGU'.includes(name)),
  );
  printSure('scribbles', scribbles({ count: 400, seed: 1 }));
}

function keptWhole(): [kept: number, count: number] {
  const several = digits.filter(({ strokes }) => strokes.length > 1);
  const kept = folds.flatMap(({ digits, service }) =>
    digits.filter(({ strokes }) => strokes.length > 1 && isWhole(drawingCells(strokes), service)),
  );
  return [kept.length, several.length];
}

function isWhole({ images, cells }: DigitImages, service: RecognitionService): boolean {
  return (
    choosePath(
      images.map((image) => service.recognise(image)[0]),
      cells,
    ).length === 1
  );
}

function printCalibration(answers: readonly Prediction[], labels: readonly number[]): void {
  const error = calibrationError(
    answers.flatMap(({ probabilities }) => probabilities),
    labels,
  );
  console.log(`${(100 * error).toFixed(2).padStart(6)} %  expected calibration error, 15 bins`);
}

function printSure(name: string, drawn: readonly { strokes: Drawing }[]): void {
  const answers = folds.flatMap(({ service }) =>
    drawn.map(({ strokes }) => service.recognise(drawingToImage(strokes))[0]),
  );
  printShare(name, answers.filter(isSure).length, answers.length);
}

function measureStrokes(name: string, change: (point: Point) => Point): Promise<Prediction[]> {
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

async function asTutorial({ strokes }: PenDigit, lineWidth: number): Promise<Uint8Array> {
  const shrunk = await pad(strokes, lineWidth).resize(28, 28, { kernel: 'linear' }).raw().toBuffer();
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
  const classes = Array.from({ length: DIGITS.classes }, (_, k) => k);
  console.log(`\nas drawn, read as\n     ${classes.map((k) => String(k).padStart(4)).join('')}`);
  for (const label of classes) {
    const read = answers.filter((_, i) => digits[i].label === label);
    const row = classes.map((k) => String(read.filter((answer) => answer === k).length || '·').padStart(4));
    const right = read.filter((answer) => answer === label).length / read.length;
    console.log(`a ${label}  ${row.join('')}  ${(100 * right).toFixed(1)} %`);
  }
}
