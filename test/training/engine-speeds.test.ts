import t, { type Test } from 'tap';
import { openDatabase } from '../../src/store/open.ts';
import { SpeedStore } from '../../src/store/speed-store.ts';
import { EngineSpeeds, type EngineSpeedsOptions } from '../../src/training/engine-speeds.ts';
import { until } from '../helper.ts';

function speedsOf(t: Test, options: Partial<EngineSpeedsOptions> = {}) {
  const db = openDatabase(':memory:');
  const logged: string[] = [];
  const store = new SpeedStore(db);
  const log = { info: () => {}, error: (_details: object, message: string) => logged.push(message) };
  const speeds = new EngineSpeeds({ store, threads: 1, log, isIdle: () => true, ...options });
  t.teardown(async () => {
    await speeds.close();
    db.close();
  });
  return { speeds, store, logged };
}

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
    isIdle: () => true,
    workerUrl: fixture('throwing'),
  });
  t.same(later.get('simd').speed, simd.speed, 'known without a measurement');
  const otherThreads = new EngineSpeeds({ store, threads: 7, log, isIdle: () => true });
  t.equal(otherThreads.get('simd').speed, null, 'another number of threads is another machine');
});

t.test('an engine that cannot be measured is logged and not offered', async (t) => {
  for (const name of ['throwing', 'silent']) {
    const { speeds, logged } = speedsOf(t, { workerUrl: fixture(name) });
    await speeds.start();
    t.match(speeds.get('simd').absent, /log says why/);
    t.match(logged[0], 'the simd engine could not be measured');
  }
});

t.test('waits while something is trained, and gives up when closed', async (t) => {
  let asked = 0;
  const { speeds } = speedsOf(t, { isIdle: () => ++asked > 1e9 });
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
