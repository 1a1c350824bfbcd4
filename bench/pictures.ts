/**
 * How well the pictures of a folder are read, by kind, with 95 % intervals:
 *
 *   node bench/pictures.ts <folder> [--wrong]
 *
 * The folder has the pictures and labels.json, a list of { file, label, kind }. A label is a digit, several ("42", row
 * after row), "none" if there is no digit, or "?" if people cannot tell; those are left out. --wrong prints each picture
 * that is misread or unsure.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createEngine } from '../src/engines/create-engine.ts';
import { CodedError } from '../src/errors.ts';
import { pictureToImages } from '../src/images/picture.ts';
import { readShippedModel } from '../src/recognition/model-reader.ts';
import { toReading } from '../src/recognition/reading.ts';
import { RecognitionService } from '../src/recognition/recognition-service.ts';
import { wilsonInterval } from '../src/statistics/wilson.ts';

interface Labelled {
  readonly file: string;
  readonly label: string;
  readonly kind: string;
}

interface Said {
  readonly digits: string;
  readonly sure: boolean;
  readonly text: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { wrong: { type: 'boolean' } },
});
const [folder] = positionals;
const labelled: Labelled[] = JSON.parse(await readFile(path.join(folder, 'labels.json'), 'utf8'));
const recognition = new RecognitionService({ createEngine });
await recognition.serve(await readShippedModel());

const groups = new Map<string, { isRight: boolean; isSure: boolean }[]>();
const times: number[] = [];
for (const { file, label, kind } of labelled.filter(({ label }) => label !== '?')) {
  const bytes = await readFile(path.join(folder, file));
  const begun = performance.now();
  const said = await read(bytes);
  times.push(performance.now() - begun);
  const isRight = label === 'none' ? !said.sure : said.digits === label;
  if (values.wrong && (!isRight || (!said.sure && label !== 'none'))) {
    console.log(
      `${file} (${kind}), ${label}: ${said.text}${isRight ? '' : said.sure ? ', WRONG' : ', wrong'}`,
    );
  }
  const isSingle = label.length === 1;
  const names = isSingle ? [kind, 'single digits'] : [label === 'none' ? 'no digit' : 'several digits'];
  for (const name of names) {
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    group.push({ isRight, isSure: said.sure });
  }
}
await recognition.close();

for (const [name, group] of groups) {
  const [right, wrongAndSure, unsure] = [
    group.filter(({ isRight }) => isRight),
    group.filter(({ isRight, isSure }) => !isRight && isSure),
    group.filter(({ isSure }) => !isSure),
  ].map(({ length }) => length);
  const { low, high } = wilsonInterval(right, group.length);
  const share = (100 * right) / group.length;
  console.log(
    `${name.padEnd(16)} ${right} of ${group.length} right: ${share.toFixed(1)} % ` +
      `(95 %: ${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}); ${wrongAndSure} wrong and sure, ${unsure} unsure`,
  );
}
times.sort((a, b) => a - b);
console.log(
  `ms a picture: half up to ${times[times.length >> 1].toFixed(1)}, at most ${times.at(-1)?.toFixed(0)}`,
);

async function read(bytes: Uint8Array): Promise<Said> {
  try {
    const { images, cells } = await pictureToImages(bytes);
    const predictions = images.map((image) => recognition.recognise(image)[0]);
    const { digit, digits = [{ digit }], sure, text } = toReading(predictions, cells);
    return { digits: digits.map((each) => each.digit).join(''), sure, text };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { digits: '', sure: false, text: error.message };
  }
}
