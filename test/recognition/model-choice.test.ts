/** Which model reads whose drawings, on stored runs that nobody trains. */
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { DIGITS } from '../../src/network/lenet5.ts';
import { guesses } from '../../src/recognition/model-choice.ts';
import type { RunStart } from '../../src/store/run-store.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/training/settings.ts';
import { testApp } from '../help/helper.ts';
import { addEpoch, begin, end } from '../help/train.ts';

const ADA = { id: 'ada', name: 'Ada' };

interface Given extends RunStart {
  readonly accuracy?: number;
  readonly settings?: Partial<Settings>;
  readonly state?: 'finished' | 'stopped';
}

/** A run that has just ended, after one epoch, and of which the choice is told as the trainer does. */
async function endRun({ workbench }: FastifyInstance, given: Given = {}): Promise<number> {
  const { accuracy = 0.97, settings = {}, state = 'finished', ...start } = given;
  const { store, choice } = workbench;
  const { id } = await store.create({ ...DEFAULT_SETTINGS, ...settings }, { owner: ADA, ...start });
  await begin(store, id);
  const metrics = { epoch: 1, loss: 1, accuracy, val_loss: 1, val_accuracy: accuracy, seconds: 1 };
  const weights = new Float32Array(DIGITS.parameterCount).fill(id / 100);
  await addEpoch(store, id, metrics, { weights, slots: {}, step: 1, random: [1, 2, 3, 4] }, true);
  const test = { loss: 1, accuracy: accuracy - 0.001, answers: new Uint8Array(10_000) };
  await end(store, id, { state, reason: null, test });
  choice.ended((await store.summary(id))!);
  await choice.settled();
  return id;
}

const inService = ({ workbench }: FastifyInstance) => {
  const source = workbench.recognition.serving?.source;
  return source?.kind === 'run' ? source.runId : source?.kind;
};

const guarded = { host: '0.0.0.0', token: 'chalk-and-slate', adminToken: 'red-pencil-case' };

t.test('alone, what ends reads next, also a worse one, but nothing that guesses', async (t) => {
  const app = await testApp(t);
  const first = await endRun(app, { accuracy: 0.9 });
  t.equal(inService(app), first, 'though the model before it reads 99 %');
  t.match(await app.workbench.choice.before(), { id: 'shipped', testAccuracy: 0.9938 });
  const second = await endRun(app, { accuracy: 0.6, state: 'stopped' });
  t.equal(inService(app), second);
  t.match(await app.workbench.choice.before(), {
    id: String(first),
    name: `run ${first}, epoch 1`,
    testAccuracy: 0.899,
  });

  await endRun(app, { accuracy: 0.1135 });
  await endRun(app, { accuracy: 0.2088 });
  t.equal(inService(app), second, 'a guesser stays out of it');
  await endRun(app, { serve: false });
  await app.workbench.training.close();
  const grid = { settings: DEFAULT_SETTINGS, axes: { seed: [1] }, trials: [DEFAULT_SETTINGS] };
  const sweepId = (await app.workbench.sweeps.create(grid, { halving: false, owner: null })).sweep.id;
  await endRun(app, { sweepId });
  await endRun(app, { settings: { data: 'corrections' } });
  t.equal(inService(app), second, 'nor does one that was not meant to, a trial or a fine-tune take over');
  await endRun(app, { sweepId, pauseAfter: 1, serve: true, state: 'stopped' });
  t.equal(inService(app), second, 'nor a trial that only pauses');
  t.equal(await endRun(app, { sweepId, serve: true }), inService(app), 'unless somebody asks for it');
  t.equal(await endRun(app, { settings: { data: 'corrections' }, serve: true }), inService(app));
  const asked = await endRun(app, { serve: true });
  t.equal(inService(app), asked);
});

t.test('where roles exist, only what was asked for goes into service', async (t) => {
  const app = await testApp(t, guarded);
  await endRun(app);
  await endRun(app, { owner: null });
  t.equal(inService(app), 'shipped');
  await endRun(app, { serve: true, accuracy: 0.1 });
  t.equal(inService(app), 'shipped', 'and no guesser');
  const asked = await endRun(app, { serve: true });
  t.equal(inService(app), asked);
});

t.test("an owner's newest run that does not guess reads their drawings", async (t) => {
  const app = await testApp(t, guarded);
  const { choice, store } = app.workbench;
  t.same(await choice.ownReading(ADA.id), { model: null, guessing: null });
  const only = await endRun(app, { accuracy: 0.1 });
  t.match(await choice.ownReading(ADA.id), { model: null, guessing: { id: only } });
  const first = await endRun(app);
  const second = await endRun(app);
  t.match(await choice.ownReading(ADA.id), {
    model: { source: { runId: second }, validationAccuracy: 0.97 },
    guessing: null,
  });
  t.equal(
    (await choice.ownReading(ADA.id)).model,
    (await choice.ownReading(ADA.id)).model,
    'its weights are read once',
  );
  const guesser = await endRun(app, { accuracy: 0.1 });
  t.match(await choice.ownReading(ADA.id), {
    model: { source: { runId: second } },
    guessing: { id: guesser },
  });
  await store.delete(second);
  t.match(
    await choice.ownReading(ADA.id),
    { model: { source: { runId: first } } },
    'one that was deleted reads no more',
  );
  t.match(await choice.ownReading('bob'), { model: null, guessing: null });
});

t.test('whoever chose the model in service is read by it, until a run of theirs ends', async (t) => {
  const app = await testApp(t, guarded);
  const { choice } = app.workbench;
  const [first, second] = [await endRun(app), await endRun(app)];
  await choice.serve(first, { by: ADA });
  t.equal((await choice.ownReading(ADA.id)).model, null);
  await choice.serve('shipped', { by: { id: 'bob', name: '' } });
  t.match(
    (await choice.ownReading(ADA.id)).model,
    { source: { runId: second } },
    "another's choice changes nothing",
  );
  await choice.serve('shipped', { by: ADA });
  t.equal((await choice.ownReading(ADA.id)).model, null);
  await new Promise((resolve) => setTimeout(resolve, 2));
  const third = await endRun(app);
  t.match((await choice.ownReading(ADA.id)).model, { source: { runId: third } });
});

t.test('weights that are damaged do not read, the ones before them do', async (t) => {
  const app = await testApp(t, guarded);
  const first = await endRun(app);
  const { store } = app.workbench;
  const { id } = await store.create(DEFAULT_SETTINGS, { owner: ADA });
  const metrics = { epoch: 1, loss: 1, accuracy: 0.9, val_loss: 1, val_accuracy: 0.9, seconds: 1 };
  await addEpoch(store, id, metrics, { weights: new Float32Array(9), slots: {}, step: 1, random: [] }, true);
  await end(store, id, { state: 'finished', reason: null });
  t.match((await app.workbench.choice.ownReading(ADA.id)).model, { source: { runId: first } });
});

t.test('what is in service, who chose it and what was before it outlive a restart', async (t) => {
  const dataDir = t.testdir({});
  const before = await testApp(t, { dataDir });
  const first = await endRun(before);
  const second = await endRun(before);
  await before.workbench.choice.serve(second, { by: ADA });
  await before.close();

  const app = await testApp(t, { dataDir, ...guarded });
  t.equal(inService(app), second);
  t.match(await app.workbench.choice.before(), { id: String(first) });
  t.equal((await app.workbench.choice.ownReading(ADA.id)).model, null, 'she chose it');
  await app.workbench.choice.serve(first);
  t.match(await app.workbench.choice.before(), { id: String(second) });
  await app.workbench.store.delete(second);
  await app.close();

  const again = await testApp(t, { dataDir });
  t.equal(inService(again), first);
  t.match(
    await again.workbench.choice.before(),
    { id: 'shipped' },
    'what was deleted cannot be switched back to, what was before it can',
  );
});

t.test("MODEL's file is what was before a run, while it is there", async (t) => {
  const dataDir = t.testdir({});
  const model = `${import.meta.dirname}/../fixtures/keras-model/lenet5.h5`;
  t.capture(console, 'log');
  const app = await testApp(t, { dataDir, model });
  const run = await endRun(app);
  t.match(await app.workbench.choice.before(), { id: 'file', name: 'lenet5.h5' });
  t.match((await app.workbench.choice.serve('file'))?.source, { kind: 'file' });
  t.match(await app.workbench.choice.before(), { id: String(run) });
  await app.workbench.choice.serve(run);
  await app.close();

  const without = await testApp(t, { dataDir });
  t.equal(inService(without), run);
  t.equal(await without.workbench.choice.before(), null);
  t.equal(await without.workbench.choice.serve('file'), null);
});

t.test('a fine-tune guesses by its test, other runs by their validation', async (t) => {
  const app = await testApp(t);
  const run = (await app.workbench.store.summary(await endRun(app, { accuracy: 0.5 })))!;
  t.notOk(guesses(run));
  t.ok(guesses({ ...run, bestValAccuracy: 0.2088 }), '5,000 images do not tell it from 20 %');
  const settings = { ...run.settings, validation: 'test' } as const;
  t.notOk(guesses({ ...run, settings, bestValAccuracy: 0.2088 }), '10,000 do');
  const fineTune = { ...run, settings: { ...run.settings, data: 'corrections' as const } };
  t.ok(guesses({ ...fineTune, bestValAccuracy: 0.9, testAccuracy: 0.1 }));
  t.notOk(guesses({ ...fineTune, bestValAccuracy: 0, testAccuracy: 0.98 }));
  t.notOk(guesses({ ...fineTune, testAccuracy: null }));
});
