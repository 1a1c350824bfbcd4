/** A training thread that goes wrong in ways that it cannot tell itself. */
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import t from 'tap';
import { SEEDS } from '../fixtures/trainers/seeds.ts';
import { build, ended, settings } from '../training/fake-service.ts';

const LONG = 600_000;

t.test('a trainer that hangs is noticed: its run fails with a sentence, the next one runs', async (t) => {
  const { service, store, errors } = build(t, { limits: { silence: 1500, stop: LONG, retry: LONG } });
  const hung = await service.enqueue(settings(SEEDS.hangs));
  const next = await service.enqueue(settings());
  t.equal((await ended(service, next.id)).state, 'finished');
  t.match(await store.get(hung.id), {
    state: 'failed',
    reason: /^The trainer hung: it finished no batch for 1\.5 s and was ended\./,
    bestEpoch: 1,
  });
  t.match(String(errors[0].details.err), /HungError/, 'and it is logged');
});

t.test('one that is slow but goes on is left alone', async (t) => {
  const { service } = build(t, { limits: { silence: 1500, stop: LONG, retry: LONG } });
  const { id } = await service.enqueue(settings(SEEDS.slow, 80));
  t.equal((await ended(service, id)).state, 'finished', 'after more than two seconds');
});

t.test('a stop that a hung trainer does not hear ends it all the same, as stopped', async (t) => {
  const { service, store, errors } = build(t, { limits: { silence: LONG, stop: 200, retry: LONG } });
  const { id } = await service.enqueue(settings(SEEDS.hangs));
  const next = await service.enqueue(settings());
  await once(service, 'epoch');
  // By then it hangs: a stop before its next batch would have been heard.
  await setTimeout(1000);
  await service.stop(id);
  t.ok((await store.summary(id))!.stopping);
  await service.stop(id);
  t.match(await ended(service, id), {
    state: 'stopped',
    reason:
      'Stopped by hand in epoch 2. The trainer did not respond and was ended, so the run was not tested. The best weights, from epoch 1, are kept.',
    testAccuracy: null,
  });
  t.ok(await store.model(id), 'its weights can be used');
  t.equal((await ended(service, next.id)).state, 'finished');
  t.match(String(errors[0].details.err), /StopIgnoredError/);
});

t.test('the end of the server waits for no hung trainer', async (t) => {
  const { service, store } = build(t);
  const { id } = await service.enqueue(settings(SEEDS.hangs));
  await once(service, 'epoch');
  await service.close();
  t.match(await store.get(id), { state: 'interrupted', resumes: true });
});

t.test('a thread whose heap is full ends its run, not the process', async (t) => {
  // Threads that are begun from here on have so little.
  setFlagsFromString('--max-heap-size=100');
  const { service, store } = build(t);
  const { id } = await service.enqueue(settings(SEEDS.fillsHeap));
  const next = await service.enqueue(settings());
  t.equal((await ended(service, next.id)).state, 'finished');
  t.match(await store.get(id), { state: 'failed', reason: /ran out of memory/, bestEpoch: 1 });
});
