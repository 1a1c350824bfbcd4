import t from 'tap';
import { decide, FIRST_RUNG, rungOf, type Trial } from '../../src/runs/successive-halving.ts';
import type { Epoch } from '../../src/training/epoch.ts';

const epochs = (valLosses: readonly number[]): Epoch[] =>
  valLosses.map((val_loss, i) => ({
    epoch: i + 1,
    loss: 0,
    accuracy: 0,
    val_loss,
    val_accuracy: 0,
    seconds: 1,
  }));

function trial(id: number, valLosses: readonly number[], rest: Partial<Trial> = {}): Trial {
  const epochsDone = valLosses.length;
  return {
    id,
    state: 'stopped',
    resumes: false,
    pauseAfter: epochsDone,
    epochsDone,
    epochs: epochs(valLosses),
    ...rest,
  };
}

const NOTHING = { resume: [], stop: [] };

t.test('the better half goes on, the others end', async (t) => {
  const losses = [0.4, 0.1, 0.3, 0.2, 0.6, 0.5];
  t.same(decide(losses.map((valLoss, i) => trial(i + 1, [valLoss]))), {
    resume: [
      { id: 2, pauseAfter: 2 },
      { id: 3, pauseAfter: 2 },
      { id: 4, pauseAfter: 2 },
    ],
    stop: [
      { id: 1, better: 3, compared: 6, epochs: 1 },
      { id: 5, better: 3, compared: 6, epochs: 1 },
      { id: 6, better: 3, compared: 6, epochs: 1 },
    ],
  });
});

t.test('of an odd number the larger half goes on; of equal ones the older', async (t) => {
  const { resume } = decide([1, 2, 3, 4, 5].map((id) => trial(id, [0.5])));
  t.same(
    resume,
    [1, 2, 3].map((id) => ({ id, pauseAfter: 2 })),
  );
});

t.test('the last two do not pause again', async (t) => {
  const { resume, stop } = decide([
    trial(1, [0.4, 0.3]),
    trial(2, [0.5, 0.2]),
    trial(3, [0.6, 0.4]),
    ...[4, 5].map((id) => trial(id, [0.9], { pauseAfter: null })),
  ]);
  t.same(resume, [
    { id: 1, pauseAfter: null },
    { id: 2, pauseAfter: null },
  ]);
  t.same(stop, [{ id: 3, better: 2, compared: 3, epochs: 2 }]);
  t.same(decide([trial(1, [0.4])]).resume, [{ id: 1, pauseAfter: null }], 'when it is alone');
  t.equal(rungOf([1, 2]), null, 'and of two trials none pauses');
  t.equal(rungOf([1, 2, 3]), 1);
});

t.test('compared is the lowest val_loss, not the last one', async (t) => {
  const { resume } = decide([
    trial(1, [0.3, 0.9]),
    trial(2, [0.4, 0.5]),
    trial(3, [0.5, 0.35]),
    ...[4, 5].map((id) => trial(id, [0.9], { pauseAfter: null })),
  ]);
  t.same(
    resume.map(({ id }) => id),
    [1, 3],
  );
});

t.test('nothing is decided while a trial is on its way there', async (t) => {
  const there = [trial(1, [0.1]), trial(2, [0.2])];
  for (const state of ['queued', 'running'] as const) {
    t.same(decide([...there, trial(3, [], { state, pauseAfter: 1 })]), NOTHING, state);
  }
  t.same(decide([...there, trial(3, [], { state: 'interrupted', resumes: true, pauseAfter: 1 })]), NOTHING);
  t.same(
    decide([...there, trial(3, [], { state: 'interrupted', pauseAfter: 1 })]).resume,
    [
      { id: 1, pauseAfter: null },
      { id: 2, pauseAfter: null },
    ],
    'but not for one that nobody goes on with',
  );
});

t.test('a trial that failed or was stopped by hand has lost', async (t) => {
  const trials = [
    trial(1, [], { state: 'failed', pauseAfter: 1 }),
    trial(2, [], { pauseAfter: 1 }),
    trial(3, [], { state: 'failed', pauseAfter: 1 }),
    trial(4, [0.9]),
  ];
  t.same(decide(trials), { resume: [{ id: 4, pauseAfter: null }], stop: [] });
  t.same(decide(trials.slice(0, 3)), NOTHING, 'all have');
  t.same(decide([]), NOTHING);
});

t.test('a trial that has finished is compared, and keeps its place', async (t) => {
  const finished = trial(1, [0.1], { state: 'finished', pauseAfter: 2 });
  const others = [trial(2, [0.5, 0.4]), trial(3, [0.6, 0.45])];
  const beaten = [4, 5].map((id) => trial(id, [0.9], { pauseAfter: null }));
  t.same(decide([finished, ...others, ...beaten]), {
    resume: [{ id: 2, pauseAfter: null }],
    stop: [{ id: 3, better: 2, compared: 3, epochs: 2 }],
  });
  const worse = trial(1, [0.55], { state: 'finished', pauseAfter: 2 });
  t.equal(decide([worse, ...others, ...beaten]).resume.length, 2);
});

t.test('one that somebody resumed is waited for by nobody', async (t) => {
  const resumed = trial(3, [], { state: 'running', pauseAfter: null });
  t.equal(decide([trial(1, [0.1]), trial(2, [0.2]), resumed]).resume.length, 2);
});

t.test('done by halves, it ends as if done at once', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const curves = randomCurves(seed, 3 + (seed % 14));
    const whole = play(curves, () => Infinity);
    let calls = seed;
    const byHalves = play(curves, () => ++calls % 3);
    t.same(byHalves, whole, `${curves.length} trials`);
    t.equal(whole.filter((length) => length === CURVE).length, 2, 'two trained to their end');
    t.ok(Math.max(...whole.filter((length) => length < CURVE)) <= CURVE / 2);
  }
});

/** Epochs of a whole training; no rung is as far. */
const CURVE = 64;

/** val_loss after each epoch of trials whose order changes as they learn. */
function randomCurves(seed: number, count: number): number[][] {
  let state = seed;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return Array.from({ length: count }, () => {
    const [floor, slope] = [random(), random()];
    return Array.from({ length: CURVE }, (_, i) => floor + slope / (i + 1) + random() / 10);
  });
}

/**
 * A sweep without a trainer. Of each decision only `allowed()` actions are done, as if the server ended then.
 *
 * @returns epochs that each trial got
 */
function play(curves: readonly (readonly number[])[], allowed: () => number): number[] {
  const trials = curves.map((_, i) => ({
    ...trial(i + 1, []),
    state: 'queued' as Trial['state'],
    pauseAfter: FIRST_RUNG as number | null,
  }));
  for (;;) {
    const next = trials.find(({ state }) => state === 'queued');
    if (next) {
      const until = next.pauseAfter ?? CURVE;
      next.epochs = epochs(curves[next.id - 1].slice(0, until));
      next.epochsDone = until;
      next.state = until === CURVE ? 'finished' : 'stopped';
    }
    const { resume, stop } = decide(trials);
    if (!next && resume.length + stop.length === 0) return trials.map(({ epochsDone }) => epochsDone);
    const actions = [
      ...stop.map(({ id }) => ({ id, state: 'stopped' as const, pauseAfter: null })),
      ...resume.map((action) => ({ ...action, state: 'queued' as const })),
    ];
    for (const { id, ...changes } of actions.slice(0, allowed())) Object.assign(trials[id - 1], changes);
  }
}
