import t, { type Test } from 'tap';
import type { RunStart } from '../../../src/store/run-store.ts';
import type { Checkpoint } from '../../../src/training/checkpoint.ts';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { type ReadEvent, readEvents } from '../../help/events.ts';
import { testApp } from '../../help/helper.ts';
import { addEpoch, begin, end } from '../../help/train.ts';

const CHECKPOINT: Checkpoint = {
  weights: new Float32Array(61_706),
  slots: {},
  step: 1719,
  random: [1, 2, 3, 4],
};

const epoch = (number: number) => ({
  epoch: number,
  loss: 1 / number,
  accuracy: 0.9,
  val_loss: 0.5 / number,
  val_accuracy: 0.95,
  seconds: 2,
});

/** A run with two epochs that nobody trains, and the address that serves it. */
async function build(t: Test, start: RunStart = {}) {
  const app = await testApp(t);
  const { store, training } = app.workbench;
  const { id } = await store.create(DEFAULT_SETTINGS, start);
  await begin(store, id);
  for (const number of [1, 2]) await addEpoch(store, id, epoch(number), CHECKPOINT, true);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const follow = (lastEventId?: string) =>
    fetch(`${url}/runs/${id}/events`, { headers: lastEventId ? { 'last-event-id': lastEventId } : {} });
  return { app, store, training, id, follow };
}

const names = (events: readonly ReadEvent[]) => events.map(({ event, id }) => `${event} ${id}`);

async function all(answer: Response): Promise<ReadEvent[]> {
  const events: ReadEvent[] = [];
  for await (const event of readEvents(answer)) events.push(event);
  return events;
}

t.test('a follower hears what was, what happens, and the end', async (t) => {
  const { app, store, training, id, follow } = await build(t);
  const answer = await follow();
  t.match(answer.headers.get('content-type'), /^text\/event-stream/);
  t.equal(answer.headers.get('x-content-type-options'), 'nosniff', 'the headers that every answer has');
  t.equal(app.eventStreams.count, 1);
  const heard = all(answer);
  await addEpoch(store, id, epoch(3), CHECKPOINT, true);
  training.emit('epoch', (await store.get(id))!);
  await end(store, id, { state: 'finished', reason: null });
  training.emit('run', (await store.get(id))!);
  const events = await heard;
  t.same(names(events), ['epoch 1', 'epoch 2', 'state 2-running', 'epoch 3', 'state 3-finished']);
  t.match(events[3].data, { epoch: 3, val_loss: 0.5 / 3, best: true });
  t.match(events[4].data, { id, state: 'finished', url: `/runs/${id}` });
  t.equal(app.eventStreams.count, 0);
});

t.test('who comes back hears only what was missed', async (t) => {
  const { store, id, follow } = await build(t);
  await addEpoch(store, id, epoch(3), CHECKPOINT, false);
  await end(store, id, { state: 'stopped', reason: null });
  t.same(names(await all(await follow('2'))), ['epoch 3', 'state 3-stopped']);
  t.same(names(await all(await follow('3-running'))), ['state 3-stopped']);
  t.equal((await follow('3-stopped')).status, 204, 'an EventSource then ends');
  t.equal(names(await all(await follow('nonsense')))[0], 'epoch 1');
});

t.test('a run that waits for its sweep is not over', async (t) => {
  const { app, store, training, id, follow } = await build(t, { pauseAfter: 2 });
  await end(store, id, { state: 'stopped', reason: 'Paused.' });
  const events = readEvents(await follow('2'));
  t.match((await events.next()).value, { event: 'state', id: '2-stopped' });
  t.equal(app.eventStreams.count, 1);
  await end(store, id, { state: 'failed', reason: 'No.' });
  training.emit('run', (await store.get(id))!);
  t.match((await events.next()).value, { event: 'state', id: '2-failed' });
  t.ok((await events.next()).done);
});

t.test('a run that trains tells its batches, and the address that is none says so', async (t) => {
  const app = await testApp(t);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.equal((await fetch(`${url}/runs/1/events`)).status, 404);
  await app.workbench.training.enqueue({ ...DEFAULT_SETTINGS, epochs: 1, batchsize: 8 });
  const events = await all(await fetch(`${url}/runs/1/events`));
  const batches = events.filter(({ event }) => event === 'batch');
  t.ok(batches.length > 0);
  t.match(batches.at(-1), { id: undefined, data: { epoch: 1, batch: Number, batches: 6875, loss: Number } });
  const others = events.filter(({ event }) => event !== 'batch');
  t.same(names(others), ['state 0-running', 'epoch 1', 'state 1-finished']);
});

t.test('a follower that went away is forgotten', async (t) => {
  const { app, follow } = await build(t);
  const events = readEvents(await follow());
  await events.next();
  t.equal(app.eventStreams.count, 1);
  await events.return(undefined);
  while (app.eventStreams.count > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});
