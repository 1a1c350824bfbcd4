import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { readPenDigits } from '../../src/datasets/pen-digits.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { Random } from '../../src/network/random.ts';
import { fineTuneSettings } from '../../src/runs/fine-tune.ts';
import { copyCorrections, isKeptApart, splitCorrections } from '../../src/training/correction-sets.ts';
import { readFitData } from '../../src/training/fit-data.ts';
import type { ImageRange } from '../../src/training/image-set.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';

/** Only memory is asked of it. */
const engine = {
  allocateImages: (count: number) => ({
    count,
    images: new Uint8Array(count * 784),
    labels: new Uint8Array(count),
  }),
} as unknown as Engine;

const mnist = readMnist('test');

/** Test images of MNIST, so that they are not among those to learn from. */
const corrections = (count: number) =>
  splitCorrections(
    // In portions of one.
    Array.from({ length: count }, (_, i) => [
      {
        number: i + 1,
        truth: mnist.labels[i],
        image: mnist.images.subarray(i * 784, (i + 1) * 784),
      },
    ]),
  );

const image = ({ images }: ImageRange, position: number) =>
  Buffer.from(images.images.subarray(position * 784, (position + 1) * 784));
const correction = (i: number) => Buffer.from(mnist.images.subarray(i * 784, (i + 1) * 784));

t.test('every fifth from the 25th on is kept apart', async (t) => {
  const apart = Array.from({ length: 41 }, (_, i) => i).filter(isKeptApart);
  t.same(apart, [25, 30, 35, 40]);
  const split = await corrections(26);
  t.equal(split.learnt.labels.length, 25);
  t.same([...split.apart.labels], [mnist.labels[24]]);
  t.ok(Buffer.from(split.apart.images).equals(correction(24)));
  t.equal(split.learnt.labels[24], mnist.labels[25]);
  t.same((await corrections(0)).learnt.labels, new Uint8Array());
});

t.test('copies: as they are, then warped, each differently and all by the seed', async (t) => {
  const { learnt } = await corrections(2);
  const copy = (random: Random | null) => {
    const room = { images: new Uint8Array(6 * 784), labels: new Uint8Array(6) };
    copyCorrections(learnt, room, random);
    const images = Array.from({ length: 6 }, (_, i) =>
      Buffer.from(room.images.subarray(i * 784, (i + 1) * 784)),
    );
    return { images, labels: [...room.labels] };
  };
  const { images, labels } = copy(new Random(1, 4));
  t.same(labels, [7, 2, 7, 2, 7, 2]);
  t.ok(images[0].equals(correction(0)) && images[1].equals(correction(1)));
  t.notOk(images[2].equals(images[0]) || images[4].equals(images[0]) || images[4].equals(images[2]));
  t.same(copy(new Random(1, 4)), { images, labels });
  t.notSame(copy(new Random(2, 4)).images[2], images[2]);
  t.ok(copy(null).images[4].equals(correction(0)));
});

t.test('MNIST and my corrections: each 50 times, many of them together a fifth of MNIST', async (t) => {
  const settings = { ...DEFAULT_SETTINGS, data: 'mnist+corrections' } as const;
  const few = readFitData(engine, settings, await corrections(3));
  t.match(few.training, { from: 0, to: 55_000 + 150 });
  t.match(few.validation, { from: 55_150, to: 60_150 });
  t.ok(image(few.training, 55_000).equals(correction(0)));
  t.notOk(image(few.training, 55_003).equals(correction(0)), 'warped');
  t.equal(few.training.images.labels[55_149], mnist.labels[2]);
  const many = readFitData(engine, settings, await corrections(1_000));
  const learnt = 1_000 - 196;
  t.equal(many.training.to, 55_000 + 14 * learnt, '12,000 / 804 = 14.9 times');
  const none = await corrections(0);
  t.throws(() => readFitData(engine, settings, none), {
    code: 'NO_CORRECTIONS',
    field: 'data',
  });
});

t.test('a fine-tune: corrections among a rehearsal, validated by both', async (t) => {
  const settings = fineTuneSettings('relu');
  const drawn = readPenDigits().length;
  const {
    training,
    validation,
    corrections: measured,
  } = readFitData(engine, settings, await corrections(26));
  t.match(training, { from: 0, to: 25 * 50 + drawn + 5_000 });
  t.match(validation, { from: training.to, to: training.to + 2_000 });
  t.ok(image(training, 0).equals(correction(0)));
  t.ok(image(training, 25).equals(correction(0)), 'not warped: each step does that');
  t.match(measured, { learnt: { from: 0, to: 25 }, apart: { from: 0, to: 1 } });
  t.ok(image(measured!.apart, 0).equals(correction(24)));

  const known = new Set<string>();
  const train = readMnist('train');
  for (let i = 0; i < 55_000; i++)
    known.add(Buffer.from(train.images.subarray(i * 784, (i + 1) * 784)).toString('latin1'));
  const rehearsed = Array.from({ length: 5_000 }, (_, i) =>
    image(training, training.to - 5_000 + i).toString('latin1'),
  );
  t.ok(
    rehearsed.every((bytes) => known.has(bytes)),
    'nothing that is held out is rehearsed',
  );
  t.ok(new Set(rehearsed).size > 4_990, 'each once');
  t.ok(
    image(validation, validation.from).equals(Buffer.from(train.images.subarray(55_000 * 784, 55_001 * 784))),
  );
  t.ok(image(validation, validation.from + 1_000).equals(correction(0)));
  t.equal(validation.images.labels[validation.to - 1], mnist.labels[25], 'forty times the 25');

  const other = readFitData(engine, { ...settings, seed: 2 }, await corrections(26));
  t.notOk(
    image(other.training, training.to - 1).equals(image(training, training.to - 1)),
    'another rehearsal',
  );
});

t.test('a fine-tune of many corrections shows each once, and rehearses as much', async (t) => {
  const data = readFitData(
    engine,
    { ...fineTuneSettings('tanh'), augmentation: 'off' },
    await corrections(8_000),
  );
  const learnt = 8_000 - 1_596;
  t.equal(data.training.to, learnt + readPenDigits().length + learnt);
  t.equal(data.validation.to - data.validation.from, 10_000);
});
