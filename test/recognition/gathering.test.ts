import t from 'tap';
import { Gathering } from '../../src/recognition/gathering.ts';
import type { Prediction } from '../../src/recognition/recognition-service.ts';

const image = (first: number) => new Uint8Array(784).fill(first, 0, 1);

/** Says of each image its first byte. */
function recogniser() {
  const calls: number[] = [];
  const gathering = new Gathering((images): Prediction[] => {
    calls.push(images.length / 784);
    return Array.from({ length: images.length / 784 }, (_, i) => ({
      digit: images[i * 784],
      probabilities: [],
      kind: { digit: 1, other: 0, two: 0 },
      model: 'test',
    }));
  });
  return { calls, gathering };
}

t.test('what is sent in the same turn is computed at once; each gets its own', async (t) => {
  const { calls, gathering } = recogniser();
  const answers = await Promise.all([
    gathering.recognise([image(1)]),
    gathering.recognise([image(2), image(3)]),
    gathering.recognise([image(4)]),
  ]);
  t.same(
    answers.map((predictions) => predictions.map(({ digit }) => digit)),
    [[1], [2, 3], [4]],
  );
  t.same(calls, [4]);
  await gathering.recognise([image(5)]);
  t.same(calls, [4, 1]);
});

t.test('very many are computed piece by piece, all answered', async (t) => {
  const { calls, gathering } = recogniser();
  const sent = Array.from({ length: 300 }, (_, i) => i % 256);
  const answers = await Promise.all(sent.map((first) => gathering.recognise([image(first)])));
  t.same(
    answers.map(([{ digit }]) => digit),
    sent,
  );
  t.same(calls, [128, 128, 44]);
});

t.test('a failure reaches everyone who waits, and nobody who comes later', async (t) => {
  let fails = true;
  const gathering = new Gathering((images) => {
    if (fails) throw new Error('no model');
    return Array.from({ length: images.length / 784 }, () => ({}) as Prediction);
  });
  const [first, second] = [gathering.recognise([image(1)]), gathering.recognise([image(2)])];
  await t.rejects(first, { message: 'no model' });
  await t.rejects(second, { message: 'no model' });
  fails = false;
  t.equal((await gathering.recognise([image(1)])).length, 1);
});
