import { type Serializable, setEnvironmentData } from 'node:worker_threads';
import t, { type Test } from 'tap';
import type { EngineName } from '../../src/engines/engine.ts';
import { EngineSpeeds, type EngineSpeedsOptions } from '../../src/queue/engine-speeds.ts';
import { SpeedStore } from '../../src/store/speed-store.ts';
import { openSqlite } from '../../src/store/sqlite/sqlite-database.ts';
import { until } from '../help/helper.ts';

function speedsOf(t: Test, options: Partial<EngineSpeedsOptions> = {}) {
  const db = openSqlite(':memory:');
  const logged: string[] = [];
  const store = new SpeedStore(db);
  const log = { info: () => {}, error: (_details: object, message: string) => logged.push(message) };
  const speeds = new EngineSpeeds({ store, threads: 1, log, isIdle: async () => true, ...options });
  t.teardown(async () => {
    await speeds.close();
    await db.close();
  });
  return { speeds, store, logged };
}

/** Waits as a server does, whose timers alone do not keep it alive. */
async function startedBy(speeds: EngineSpeeds): Promise<void> {
  let isOver = false;
  void speeds.start().then(() => {
    isOver = true;
  });
  await until(() => isOver);
}

const onlySimd = (name: EngineName) => (name === 'simd' ? null : 'Not for this test.');

const fixture = (name: string) => new URL(`../fixtures/measurers/${name}.ts`, import.meta.url);

t.test('measures what it does not know, says what is absent, and remembers', async (t) => {
  const { speeds, store, logged } = speedsOf(t);
  t.same(speeds.get('simd'), { name: 'simd', speed: null, absent: null });
  await speeds.start();
  const simd = speeds.get('simd');
  t.ok(simd.speed![32] > 0);
  const tensorflow = speeds.get('tensorflow');
  t.ok(
    tensorflow.speed !== null || /tensorflow:install/.test(tensorflow.absent!),
    'measured, or how to get it',
  );
  t.same(logged, []);

  const log = { info: () => {}, error: () => {} };
  const later = new EngineSpeeds({
    store,
    threads: 1,
    log,
    isIdle: async () => true,
    workerUrl: fixture('throwing'),
  });
  await later.open();
  t.same(later.get('simd').speed, simd.speed, 'known without a measurement');
  const otherThreads = new EngineSpeeds({ store, threads: 7, log, isIdle: async () => true });
  await otherThreads.open();
  t.equal(otherThreads.get('simd').speed, null, 'another number of threads is another machine');
});

t.test('an engine that cannot be measured again and again is logged and not offered', async (t) => {
  for (const name of ['throwing', 'silent']) {
    /** What was known of it whenever something was logged. */
    const absents: (string | null)[] = [];
    const error = (_details: object, message: string) => {
      t.match(message, 'the simd engine could not be measured');
      absents.push(speeds.get('simd').absent);
    };
    const { speeds } = speedsOf(t, {
      workerUrl: fixture(name),
      absentReason: onlySimd,
      retry: 1,
      log: { info: () => {}, error },
    });
    const started = speeds.start();
    await until(() => absents.length >= 3);
    t.match(absents, [null, null, /log says why/], 'once may be a machine that was out of memory');
    await speeds.close();
    await started;
  }
});

t.test('an engine that failed is offered again when it runs', async (t) => {
  const failures = new Int32Array(new SharedArrayBuffer(4)).fill(4);
  setEnvironmentData('failures', failures.buffer as unknown as Serializable);
  const { speeds, logged } = speedsOf(t, {
    workerUrl: fixture('recovering'),
    absentReason: onlySimd,
    retry: 1,
  });
  await startedBy(speeds);
  t.equal(logged.length, 4);
  t.same(speeds.get('simd'), { name: 'simd', speed: { 1: 1, 8: 2, 32: 3, 128: 4 }, absent: null });
});

t.test('a speed that cannot be kept is used, and stored when that is possible', async (t) => {
  const { speeds, store, logged } = speedsOf(t, {
    workerUrl: fixture('steady'),
    absentReason: onlySimd,
    retry: 1,
  });
  const put = store.put.bind(store);
  let tries = 0;
  store.put = async (...args) => {
    tries++;
    if (tries < 4) throw new Error('database or disk is full');
    await put(...args);
    kept.push(args);
  };
  const kept: unknown[] = [];
  const started = startedBy(speeds);
  await until(() => tries >= 1);
  t.match(speeds.get('simd'), { speed: { 32: 3 }, absent: null });
  await started;
  t.match(kept, [['simd', String, { 32: 3 }]]);
  t.equal(logged.length, 3);
});

t.test('a store that cannot be asked whether a run goes on ends nothing', async (t) => {
  let asked = 0;
  const isIdle = async () => {
    if (++asked < 3) throw new Error('database is locked');
    return true;
  };
  const { speeds, logged } = speedsOf(t, {
    workerUrl: fixture('steady'),
    absentReason: onlySimd,
    retry: 1,
    isIdle,
  });
  await startedBy(speeds);
  t.match(speeds.get('simd'), { speed: { 32: 3 }, absent: null });
  t.equal(logged.length, 2);
});

t.test('waits while something is trained, and gives up when closed', async (t) => {
  let asked = 0;
  const { speeds } = speedsOf(t, { isIdle: async () => ++asked > 1e9 });
  const started = speeds.start();
  await until(() => asked > 0);
  await speeds.close();
  await started;
  t.equal(speeds.get('simd').speed, null);
});

t.test('closed in the middle of a measurement it ends quietly', async (t) => {
  const { speeds, logged } = speedsOf(t);
  const started = speeds.start();
  await speeds.close();
  await started;
  t.same(logged, []);
  t.equal(speeds.get('simd').speed, null);
});
