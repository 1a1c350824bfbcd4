import t from 'tap';
import { DecodingThread } from '../../src/recognition/decoding-thread.ts';

const json = (text: string) => ({ bytes: Buffer.from(text), format: 'json' }) as const;
const SIZE = { bytes: 1, transfer: [] };
const DRAWING = json('{"strokes":[[[0,0],[0,9]]]}');
/** Never answers. */
const SILENT = new URL(
  `data:text/javascript,${encodeURIComponent(
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { for (;;); });",
  )}`,
);

t.test('large ones come one after another, and what fails stops nobody', async (t) => {
  const thread = new DecodingThread();
  t.teardown(() => thread.close());
  const large = { bytes: 1e6, transfer: [] };
  const answers = await Promise.allSettled([
    thread.decode('question', json('{"inputs":[]}'), large),
    thread.decode('question', DRAWING, large),
    thread.decode('question', DRAWING, SIZE),
    thread.decode('question', null as never, large),
    thread.decode('question', DRAWING, large),
  ]);
  t.match(answers, [
    { reason: { code: 'BAD_INPUTS' } },
    { value: { inputs: { each: [{ count: 1 }] } } },
    { value: { inputs: { each: [{ count: 1 }] } } },
    { reason: TypeError },
    { value: { inputs: { each: [{ count: 1 }] } } },
  ]);
});

t.test('a thread that says nothing is ended; nobody waits for ever', async (t) => {
  const thread = new DecodingThread({ workerUrl: SILENT, silence: 300 });
  t.teardown(() => thread.close());
  const [first, second] = await [1, 2].map(() => thread.decode('question', DRAWING, SIZE));
  await t.rejects(first, { code: 'TOO_MUCH', status: 422 });
  await t.rejects(second, { code: 'TOO_MUCH' });
});

t.test('a thread that does not start is a fault of ours, told to all', async (t) => {
  const thread = new DecodingThread({ workerUrl: new URL('file:///nowhere/worker.js') });
  await t.rejects(thread.decode('question', DRAWING, SIZE), { code: /MODULE_NOT_FOUND$/ });
  await t.rejects(thread.decode('question', DRAWING, { bytes: 1e6, transfer: [] }), {
    code: /MODULE_NOT_FOUND$/,
  });
});

t.test('who closes while somebody waits leaves nobody waiting', async (t) => {
  const thread = new DecodingThread({ workerUrl: SILENT });
  const waiting = t.rejects(thread.decode('question', DRAWING, SIZE), {
    message: 'The decoding thread ended.',
  });
  await thread.close();
  await waiting;
});
