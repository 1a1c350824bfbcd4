import t from 'tap';
import { inSlices, type Steps, TimeSlices } from '../src/time-slices.ts';

/** So many steps, each of so many milliseconds of work. */
function* work(name: string, steps: number, milliseconds: number, log: string[] = []): Steps<string> {
  for (let step = 0; step < steps; step++) {
    for (const end = performance.now() + milliseconds; performance.now() < end; );
    log.push(name);
    yield;
  }
  return name;
}

t.test('what is short is done at once', async (t) => {
  const slices = new TimeSlices();
  const log: string[] = [];
  const done = slices.run(work('a', 3, 0, log));
  t.same(log, ['a', 'a', 'a'], 'before anything is awaited');
  t.equal(await done, 'a');
});

t.test('what is long pauses, so that others are heard', async (t) => {
  const slices = new TimeSlices();
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  t.equal(await slices.run(work('a', 40, 2)), 'a');
  clearInterval(timer);
  t.ok(turns >= 5, `${turns} timers came between`);
});

t.test('all get on alike; one turn is not longer for many', async (t) => {
  const slices = new TimeSlices();
  const log: string[] = [];
  const all = ['a', 'b', 'c'].map((name) => slices.run(work(name, 10, 2, log)));
  const short = slices.run(work('short', 1, 0, log));
  t.equal(await short, 'short');
  t.ok(log.length < 20, 'it did not wait for the long ones');
  t.same(await Promise.all(all), ['a', 'b', 'c']);
});

t.test('what is to begin in the next turn waits for it', async (t) => {
  const slices = new TimeSlices();
  const log: string[] = [];
  const done = slices.runNext(work('a', 1, 0, log));
  t.same(log, []);
  await done;
  t.same(log, ['a']);
});

t.test('a failure is its own only', async (t) => {
  const slices = new TimeSlices();
  const fails = slices.run(
    (function* (): Steps<void> {
      yield;
      throw new Error('a fault');
    })(),
  );
  const other = slices.run(work('b', 2, 6));
  await t.rejects(fails, { message: 'a fault' });
  t.equal(await other, 'b');
});

t.test('many items are all had, and others are heard between them', async (t) => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const log: string[] = [];
  let count = 0;
  for await (const _ of inSlices(work('a', 40, 2, log))) count++;
  clearInterval(timer);
  t.equal(count, 40);
  t.equal(log.length, 40);
  t.ok(turns >= 5, `${turns} timers came between`);
});

t.test('who wants no more items ends what makes them', async (t) => {
  let ended = false;
  function* items() {
    try {
      yield* [1, 2, 3];
    } finally {
      ended = true;
    }
  }
  for await (const item of inSlices(items())) if (item === 2) break;
  t.ok(ended);
});
