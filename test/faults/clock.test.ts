/** Somebody puts the clock right while the server runs. */
import { once } from 'node:events';
import t from 'tap';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { SEEDS } from '../fixtures/trainers/seeds.ts';
import { CLASS, signedIn } from '../help/cookie-jar.ts';
import { testApp } from '../help/helper.ts';
import { begin } from '../help/train.ts';
import { build, ended, settings } from '../training/fake-service.ts';

const HOUR = 3_600_000;
const RealDate = Date;

/** From here on the clock is so much later; negative: earlier. */
function putClock(milliseconds: number): void {
  globalThis.Date = class extends RealDate {
    constructor(...values: unknown[]) {
      super(...((values.length === 0 ? [RealDate.now() + milliseconds] : values) as [number]));
    }
    static override now = () => RealDate.now() + milliseconds;
  } as DateConstructor;
}

t.afterEach(() => {
  globalThis.Date = RealDate;
});

for (const jump of [-HOUR, HOUR]) {
  t.test(`an hour ${jump < 0 ? 'back' : 'forward'} amid a run`, async (t) => {
    const { service } = build(t);
    const { id } = await service.enqueue(settings(SEEDS.slow, 20));
    const next = await service.enqueue(settings());
    await once(service, 'epoch');
    putClock(jump);
    const live = service.live(id)!;
    t.ok(live.imagesPerSecond! > 0 && live.secondsLeft! >= 0 && live.secondsLeft! < 60);
    const run = await ended(service, id);
    t.equal(run.state, 'finished');
    for (const { seconds } of run.epochs) t.ok(seconds > 0 && seconds < 60, `${seconds} s`);
    t.equal((await ended(service, next.id)).state, 'finished', 'the queue goes on');
  });

  t.test(
    `… the age of a checkpoint and a session do not jump (${jump < 0 ? 'back' : 'forward'})`,
    async (t) => {
      const app = await testApp(t, CLASS);
      const teacher = await signedIn(app, CLASS.adminToken);
      const { store, training } = app.workbench;
      const { id } = await store.create(DEFAULT_SETTINGS);
      await begin(store, id);
      training.emit('epoch', (await store.get(id))!);
      putClock(13 * jump);
      const { checkpointSeconds } = (await app.metrics.training())!;
      t.ok(checkpointSeconds! >= 0 && checkpointSeconds! < 60, `${checkpointSeconds} s`);
      t.match((await teacher.inject({ url: '/' })).body, /Sign out \(admin\)/);
      t.equal((await app.inject('/')).statusCode, 200);
    },
  );
}
