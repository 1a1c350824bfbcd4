import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Run } from '../../src/runs/run.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { openSqlite } from '../../src/store/sqlite/sqlite-database.ts';

import { SEEDS } from '../fixtures/trainers/seeds.ts';
import { begin, end } from '../help/train.ts';
import { build, ended, settings } from '../training/fake-service.ts';

t.test('a run is trained, reported and kept', async (t) => {
  const { service, store, errors, started } = build(t);
  await started;
  const epochs: number[] = [];
  const finished: Run[] = [];
  const states: string[] = [];
  service.on('epoch', (run) => epochs.push(run.epochs.length));
  service.on('finished', (run) => finished.push(run));
  service.on('run', (run) => states.push(run.state));

  const run = await service.enqueue(settings());
  t.equal(run.state, 'running');
  t.ok(run.startedAt);
  const end = await ended(service, run.id);

  t.equal(end.state, 'finished');
  t.equal(end.reason, null);
  t.same(
    end.epochs.map(({ epoch, loss, val_loss }) => ({ epoch, loss, val_loss })),
    [
      { epoch: 1, loss: 7.2, val_loss: 1 },
      { epoch: 2, loss: 7.2, val_loss: 0.5 },
    ],
  );
  t.equal(end.bestEpoch, 2);
  t.equal(end.testAccuracy, 0.75);
  t.same(epochs, [1, 2]);
  t.same(states, ['queued', 'running', 'finished']);
  t.same(finished, [end]);
  t.same(await store.get(run.id), end);
  t.equal((await store.model(run.id))!.inputScale, 1 / 255);
  t.equal((await store.checkpoints.get(run.id, 2))!.step, 6);
  t.same(errors, []);
});

t.test('two enqueues at once run one after the other and mix no numbers', async (t) => {
  const { service, store } = build(t);
  const first = await service.enqueue(settings(1, 3));
  const second = await service.enqueue(settings(2, 2));
  const third = await service.enqueue(settings(3, 1));
  t.same([first.state, second.state, third.state], ['running', 'queued', 'queued']);
  t.same(await Promise.all([first, second, third].map(({ id }) => service.queuePosition(id))), [null, 1, 2]);
  t.equal(service.live(second.id), null);
  const together: number[] = [];
  service.on('run', async () => together.push((await store.inState('running')).length));
  await ended(service, third.id);
  t.ok(Math.max(...together) === 1, 'never two at once');
  const runs = await Promise.all([first, second, third].map(async ({ id }) => (await store.get(id))!));
  t.same(
    runs.map((run) => run.epochs.map(({ epoch }) => epoch)),
    [[1, 2, 3], [1, 2], [1]],
  );
  t.ok(runs[0].endedAt! <= runs[1].startedAt! && runs[1].endedAt! <= runs[2].startedAt!);
  const weights = await Promise.all(
    runs.map(async ({ id }) => Buffer.from((await store.model(id))!.weights.buffer)),
  );
  t.notOk(weights[0].equals(weights[1]), 'each trained by its own seed');
});

t.test('the same settings give the same weights, bit for bit', async (t) => {
  const { service, store } = build(t);
  const ids = [(await service.enqueue(settings(9))).id, (await service.enqueue(settings(9))).id];
  await ended(service, ids[1]);
  const [one, other] = await Promise.all(
    ids.map(async (id) => Buffer.from((await store.model(id))!.weights.buffer)),
  );
  t.ok(one.equals(other));
});

t.test('live tells where it is while it runs', async (t) => {
  const { service, store } = build(t);
  const { id } = await service.enqueue(settings(SEEDS.slow, 200));
  t.match(service.live(id), { epoch: 1, batch: 0, batches: 0, loss: null, secondsLeft: null, share: 0 });
  await once(service, 'epoch');
  await sleep(15);
  const live = service.live(id)!;
  t.ok(live.epoch >= 1 && live.epoch < 20);
  t.equal(live.batches, 3);
  t.ok(live.batch >= 1 && live.batch <= 3);
  t.ok([4, 8].includes(live.loss!), 'the loss of the last batch');
  t.ok(
    live.imagesPerSecond! > 10 && live.imagesPerSecond! < 2000,
    `20 images in 30 ms and more: ${live.imagesPerSecond}`,
  );
  t.ok(live.secondsLeft! > 1);
  t.ok(live.share > 0 && live.share < 0.2);
  t.equal(service.live(id + 1), null);

  store.get = () => {
    throw new Error('database is locked');
  };
  t.ok(service.live(id), 'it asks no store: timers call it');
  store.get = RunStore.prototype.get;
});

t.test('stop', async (t) => {
  t.test('ends a running run and keeps its best weights', async (t) => {
    const { service, store } = build(t);
    const { id } = await service.enqueue(settings(SEEDS.slow, 200));
    const finished = once(service, 'finished');
    await once(service, 'epoch');
    t.notOk((await store.summary(id))!.stopping);
    t.equal((await service.stop(id))?.state, 'running');
    t.ok((await store.summary(id))!.stopping);
    const run = await ended(service, id);
    t.equal(run.state, 'stopped');
    t.match(run.reason, /Stopped by hand in epoch \d+\. The best weights, from epoch \d+, are kept\./);
    t.equal(run.testAccuracy, 0.75);
    t.ok(await store.model(id));
    t.same((await finished)[0], run);
    t.notOk(run.stopping);
  });

  t.test('takes a queued run out of the queue at once', async (t) => {
    const { service } = build(t);
    const first = await service.enqueue(settings(SEEDS.slow, 200));
    const second = await service.enqueue(settings());
    const third = await service.enqueue(settings());
    const finished: number[] = [];
    service.on('finished', (run) => finished.push(run.id));
    t.match(await service.stop(second.id), {
      state: 'stopped',
      reason: 'Stopped by hand before it started.',
      epochs: [],
    });
    t.equal(await service.queuePosition(third.id), 1);
    await once(service, 'epoch');
    await service.stop(first.id);
    t.equal((await ended(service, third.id)).state, 'finished', 'the next one runs');
    t.same(finished, [first.id, third.id], 'a run without weights is not told as finished');
  });

  t.test('leaves an ended run alone, and knows no other', async (t) => {
    const { service } = build(t);
    const { id } = await service.enqueue(settings());
    const run = await ended(service, id);
    t.same(await service.stop(id), run);
    t.equal(await service.stop(99), null);
  });
});

t.test('a thread that goes wrong fails its run, loudly, and the next one runs', async (t) => {
  const cases = [
    { seed: SEEDS.throws, reason: /ended unexpectedly/, logged: /thrown amid a batch/ },
    { seed: SEEDS.exits, reason: /ended unexpectedly/, logged: /code 3/ },
    { seed: SEEDS.exhaustsMemory, reason: /ran out of memory/, logged: /allocate/ },
  ];
  for (const { seed, reason, logged } of cases) {
    t.test(Object.entries(SEEDS).find(([, value]) => value === seed)![0], async (t) => {
      const { service, store, errors } = build(t);
      const finished: number[] = [];
      service.on('finished', (run) => finished.push(run.id));
      const bad = await service.enqueue(settings(seed));
      const good = await service.enqueue(settings());
      t.equal((await ended(service, good.id)).state, 'finished');
      const failed = (await store.get(bad.id))!;
      t.equal(failed.state, 'failed');
      t.match(failed.reason, reason);
      t.notMatch(failed.reason, /\/|Error|\.ts/, 'no path and no stack');
      t.equal(failed.epochs.length, 1, 'the epoch before is kept');
      t.same(finished, [good.id]);
      t.equal(errors.length, 1);
      t.match(String(errors[0].details.err), logged);
    });
  }

  t.test('an entry that cannot be loaded', async (t) => {
    const { service } = build(t, { workerUrl: new URL('file:///nowhere/worker.ts') });
    const { id } = await service.enqueue(settings());
    t.match(await ended(service, id), { state: 'failed', reason: /ended unexpectedly/ });
  });
});

t.test('expected trouble ends the run with its own sentence', async (t) => {
  const { service, errors } = build(t);
  t.match(await ended(service, (await service.enqueue(settings(SEEDS.diverges))).id), {
    state: 'failed',
    reason: /no longer a finite number in epoch 1, batch 2/,
  });
  t.match(await ended(service, (await service.enqueue(settings(SEEDS.lacksEngine))).id), {
    state: 'failed',
    reason: 'This engine is not installed.',
  });
  t.same(errors, [], 'nothing to be logged');
});

t.test('an epoch that cannot be stored fails the run, not the server', async (t) => {
  const { service, store, errors } = build(t);
  store.addEpoch = () => {
    throw new Error('disk is full');
  };
  const { id } = await service.enqueue(settings(SEEDS.slow, 200));
  t.match(await ended(service, id), { state: 'failed', reason: /could not be stored/ });
  t.match(String((errors[0].details.err as Error).cause), /disk is full/);
});

t.test('a store that takes nothing at all ends the work until the next run', async (t) => {
  const { service, store, errors } = build(t);
  const end = store.end;
  store.end = () => {
    throw new Error('disk is full');
  };
  const lost = await service.enqueue(settings());
  while (errors.length === 0) await sleep(5);
  t.match(String(errors[0].details.err), /disk is full/);
  t.equal(service.live(lost.id), null);
  store.end = end;
  t.equal((await ended(service, (await service.enqueue(settings())).id)).state, 'finished');
  t.equal((await store.get(lost.id))?.state, 'finished', 'it went on, before the one behind it');
});

t.test('a listener that fails harms no run', async (t) => {
  const { service, errors } = build(t);
  service.on('epoch', () => {
    throw new Error('bad listener');
  });
  t.equal((await ended(service, (await service.enqueue(settings())).id)).state, 'finished');
  t.equal(errors.length, 2);
});

t.test('close', async (t) => {
  t.test('interrupts the running run; a restart goes on with it, then with the queue', async (t) => {
    const file = path.join(t.testdir(), 'runs.sqlite');
    const before = build(t, { file });
    const running = await before.service.enqueue(settings(SEEDS.slow, 6));
    const waiting = await before.service.enqueue(settings(5, 1));
    const finished: number[] = [];
    before.service.on('finished', (run) => finished.push(run.id));
    await once(before.service, 'epoch');
    await before.close();
    t.same(finished, [], 'an interrupted run is not told as finished');

    const after = build(t, { file, start: false });
    t.match(await after.store.get(running.id), {
      state: 'interrupted',
      resumes: true,
      reason:
        /^The server was stopped during this run\. The best weights, from epoch \d, are kept\. It resumes by itself/,
    });
    t.same(await Promise.all([running, waiting].map(({ id }) => after.service.queuePosition(id))), [1, 2]);
    const kept = (await after.store.get(running.id))!.epochs;
    await after.service.start();
    t.match(after.service.live(running.id), { epoch: kept.length + 1, share: kept.length / 6 });
    const resumed = await ended(after.service, running.id);
    t.match(resumed, { state: 'finished', reason: null, resumes: false, startedAt: running.startedAt });
    t.same(resumed.epochs.slice(0, kept.length), kept, 'what was reported stays as it was');
    t.same(
      resumed.epochs.map(({ epoch }) => epoch),
      [1, 2, 3, 4, 5, 6],
    );
    t.equal((await ended(after.service, waiting.id)).state, 'finished');

    const whole = build(t);
    const { id } = await whole.service.enqueue(settings(SEEDS.slow, 6));
    await ended(whole.service, id);
    const [one, other] = [
      await whole.store.checkpoints.get(id, 6),
      await after.store.checkpoints.get(running.id, 6),
    ];
    t.same(one, other, 'its weights are those of a run that nobody interrupted');
  });

  t.test('is no fault of the run: it goes on however often the server is ended', async (t) => {
    const file = path.join(t.testdir(), 'runs.sqlite');
    for (let i = 0; i < 5; i++) {
      const { service, store, close, started } = build(t, { file });
      await started;
      const { id } = i === 0 ? await service.enqueue(settings(SEEDS.slow, 200)) : (await store.get(1))!;
      t.equal((await store.get(id))?.state, 'running');
      await close();
    }
  });

  t.test('with nothing running', async (t) => {
    const { service, store } = build(t);
    await service.close();
    t.equal((await service.enqueue(settings())).state, 'queued', 'waits for the next start');
    t.equal((await store.inState('running')).length, 0);
  });
});

t.test('a run in which the process died goes on at the next start', async (t) => {
  t.test('from its beginning when it had not finished an epoch', async (t) => {
    const file = path.join(t.testdir(), 'runs.sqlite');
    const dead = new RunStore(openSqlite(file));
    const running = await dead.create(settings());
    await begin(dead, running.id);
    await dead.close();

    const { service, store } = build(t, { file, start: false });
    const reasons: (string | null)[] = [];
    service.on('run', (run) => reasons.push(run.reason));
    await service.start();
    t.match(await store.get(running.id), { state: 'running', attempts: 2, reason: null });
    t.equal(
      reasons[0],
      'The server ended unexpectedly during this run. No epoch was finished, so no weights are kept. It resumes by itself when the server starts.',
    );
    t.equal((await ended(service, running.id)).epochs.length, 2);
  });

  t.test('but not for ever: one that ends every process waits for somebody', async (t) => {
    const file = path.join(t.testdir(), 'runs.sqlite');
    const dead = new RunStore(openSqlite(file));
    const { id } = await dead.create(settings());
    for (let i = 0; i < 3; i++) {
      if (i > 0) await end(dead, id, { state: 'interrupted', reason: null, resumes: true });
      await begin(dead, id);
    }
    await dead.close();

    const { service, store, started } = build(t, { file });
    await started;
    t.match(await store.get(id), {
      state: 'interrupted',
      resumes: false,
      reason: /waits to be resumed/,
    });
    t.equal(await service.queuePosition(id), null);
    t.match(await service.resume(id), { state: 'running', attempts: 1 });
    t.equal((await ended(service, id)).state, 'finished');
  });
});

t.test('resume', async (t) => {
  t.test('goes on with a run that was stopped, to the end it would have had', async (t) => {
    const { service, store } = build(t);
    const { id } = await service.enqueue(settings(SEEDS.slow, 5));
    await once(service, 'epoch');
    await service.stop(id);
    const stopped = await ended(service, id);
    t.ok(stopped.epochs.length < 5);
    t.match(await service.resume(id), { state: 'running', endedAt: null, reason: null, testAccuracy: null });
    const resumed = await ended(service, id);
    t.match(resumed, { state: 'finished', reason: null, testAccuracy: 0.75 });
    t.equal(resumed.epochs.length, 5);
    const other = (await service.enqueue(settings(SEEDS.slow, 5))).id;
    await ended(service, other);
    t.same(await store.checkpoints.get(id, 5), await store.checkpoints.get(other, 5));
  });

  t.test('a run that was stopped in the queue begins', async (t) => {
    const { service } = build(t);
    const first = await service.enqueue(settings(SEEDS.slow, 200));
    const { id } = await service.enqueue(settings());
    await service.stop(id);
    t.equal((await service.resume(id))?.state, 'queued');
    await service.stop(first.id);
    t.equal((await ended(service, id)).state, 'finished');
  });

  t.test('a run that waits to go on can be stopped', async (t) => {
    const { service, store } = build(t, { start: false });
    const { id } = await store.create(settings());
    await begin(store, id);
    await end(store, id, { state: 'interrupted', reason: null, resumes: true });
    t.match(await service.stop(id), { state: 'stopped', resumes: false, reason: /before it resumed/ });
  });

  t.test('what is stopped while it waits has not finished, also with weights', async (t) => {
    const { service, store } = build(t);
    const { id } = await ended(service, (await service.enqueue(settings())).id);
    const finished: number[] = [];
    service.on('finished', (run) => finished.push(run.id));
    const long = await service.enqueue(settings(SEEDS.slow, 200));
    const fork = { runId: id, epoch: 1, keeps: { slots: true, random: true } };
    const forked = await service.enqueue(settings(), { fork });
    t.match(await service.stop(forked.id), { state: 'stopped', bestEpoch: 1 });
    await once(service, 'epoch');
    await service.stop(long.id);
    const { testAccuracy } = await ended(service, long.id);
    const other = await service.enqueue(settings(SEEDS.slow, 200));
    await service.resume(long.id);
    t.match(await service.stop(long.id), { state: 'stopped', testAccuracy }, 'its test stays');
    t.ok(testAccuracy);
    await service.stop(other.id);
    await ended(service, other.id);
    t.same(finished, [long.id]);
    t.equal((await store.get(other.id))!.bestEpoch, null);
  });

  t.test('leaves others alone, and knows no other', async (t) => {
    const { service } = build(t);
    const { id } = await service.enqueue(settings());
    const run = await ended(service, id);
    t.same(await service.resume(id), run);
    t.equal(await service.resume(99), null);
  });
});
