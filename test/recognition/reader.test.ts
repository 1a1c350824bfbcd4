import t from 'tap';
import type { Model } from '../../src/recognition/model.ts';
import { Reader } from '../../src/recognition/reader.ts';
import type { Prediction } from '../../src/recognition/recognition-service.ts';

const image = (first: number) => new Uint8Array(784).fill(first, 0, 1);
const images = (...firsts: number[]) => Buffer.concat(firsts.map(image));
const model = (file: string) => ({ source: { kind: 'file', file } }) as Model;

/** Says of each image its first byte; a call takes so many milliseconds. */
function reading({ milliseconds = 0, called = () => {} } = {}) {
  const calls: number[] = [];
  const recognition = {
    serving: model('a') as Model | null,
    recognise(images: Uint8Array): Prediction[] {
      if (recognition.serving === null) throw new Error('no model');
      for (const end = performance.now() + milliseconds; performance.now() < end; );
      calls.push(images.length / 784);
      const answer = Array.from({ length: images.length / 784 }, (_, i) => ({ digit: images[i * 784] }));
      called();
      return answer as Prediction[];
    },
    recogniseBy: () => [],
    prepare: async () => {},
  };
  const reader = new Reader({ recognition });
  const read = async (images: Uint8Array) =>
    (await reader.read(images)).predictions.map(({ digit }) => digit);
  return { calls, recognition, reader, read };
}

t.test('what is sent in the same turn is computed at once; each gets its own', async (t) => {
  const { calls, read } = reading();
  t.same(await Promise.all([read(images(1)), read(images(2, 3)), read(images(4))]), [[1], [2, 3], [4]]);
  t.same(calls, [4]);
  t.same(await read(images(5)), [5]);
  t.same(calls, [4, 1]);
});

t.test('very many are computed some at a time, all answered', async (t) => {
  const { calls, read } = reading();
  const sent = Array.from({ length: 100 }, (_, i) => i);
  t.same(
    await Promise.all(sent.map((first) => read(images(first)))),
    sent.map((first) => [first]),
  );
  t.same(calls, [32, 32, 32, 4]);
});

t.test('a single one does not wait for a batch', async (t) => {
  const { read } = reading({ milliseconds: 2 });
  const firsts = Array.from({ length: 1000 }, (_, i) => i % 256);
  let isDone = false;
  const batch = read(images(...firsts)).then((digits) => {
    isDone = true;
    return digits;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.same(await read(images(7)), [7]);
  t.equal(isDone, false, 'it came between');
  t.same(await batch, firsts);
});

t.test('one answer is of one model', async (t) => {
  const { recognition, reader, calls } = reading({
    called: () => {
      if (calls.length === 2) recognition.serving = model('b');
    },
  });
  const { predictions, model: by } = await reader.read(images(...Array(100).fill(3)));
  t.equal(predictions.length, 100);
  t.same(by, model('b'));
  t.same(calls, [32, 32, 32, 32, 32, 4], 'the first two are read again');
});

t.test('a failure reaches everyone who waits, and nobody who comes later', async (t) => {
  const { recognition, read } = reading();
  recognition.serving = null;
  const [first, second] = [read(images(1)), read(images())];
  await t.rejects(first, { message: 'no model' });
  await t.rejects(second, { message: 'no model' });
  recognition.serving = model('a');
  t.same(await read(images(1)), [1]);
  t.same(await read(images()), [], 'nothing to read is no fault');
});

t.test('large and small are decoded alike, by whatever thread', async (t) => {
  const { reader } = reading();
  t.teardown(() => reader.close());
  for (const points of [2, 10_000]) {
    const strokes = [Array.from({ length: points }, (_, i) => [i % 2, i % 3])];
    const ask = (body: string) => {
      const bytes = Buffer.from(body);
      return reader.decode('question', { bytes, format: 'json' }, { bytes: bytes.length });
    };
    const question = await ask(JSON.stringify({ strokes, run: 7 }));
    t.match(question, { isMany: false, run: '7', source: 'drawing', isTutorial: false });
    t.match(question.inputs.each, [{ count: 1 }]);
    t.ok(question.inputs.images.some((level) => level > 0));
    const refused = ask(`{"inputs":[],"more":"${'x'.repeat(10 * points)}"}`);
    await t.rejects(refused, { name: 'CodedError', code: 'BAD_INPUTS', status: 422, field: 'inputs' });
    await t.rejects(ask(`[${'['.repeat(10 * points)}`), {
      code: 'FST_ERR_CTP_INVALID_JSON_BODY',
      status: 400,
    });
  }
});
