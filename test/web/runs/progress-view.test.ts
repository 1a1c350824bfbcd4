import t from 'tap';
import { english } from '../../../src/catalogue/catalogue.ts';
import type { Run } from '../../../src/runs/run.ts';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { type ProgressFacts, progressView } from '../../../src/web/runs/progress-view.ts';

const EPOCHS = [
  { epoch: 1, loss: 0.3, accuracy: 0.91, val_loss: 0.12, val_accuracy: 0.965, seconds: 1.6 },
  { epoch: 2, loss: 0.1, accuracy: 0.97, val_loss: 0.08, val_accuracy: 0.9766, seconds: 1.5 },
];

const RUN: Run = {
  id: 3,
  room: 0,
  state: 'finished',
  settings: { ...DEFAULT_SETTINGS, epochs: 5 },
  createdAt: '2026-11-22T20:05:27.123Z',
  startedAt: '2026-11-22T20:05:27.200Z',
  endedAt: '2026-11-22T20:05:31.000Z',
  epochs: EPOCHS,
  epochsDone: 2,
  bestEpoch: 2,
  bestValLoss: 0.08,
  bestValAccuracy: 0.9766,
  seconds: 3.1,
  testLoss: null,
  testAccuracy: null,
  reason: null,
  attempts: 1,
  fence: 1,
  stopping: false,
  resumes: false,
  parent: null,
  comparisons: [],
  owner: null,
  corrections: null,
  sweepId: null,
  pauseAfter: null,
  stoppedEarly: false,
  serve: null,
  name: '',
  note: '',
  pinned: false,
};

const SHIPPED = { name: 'the built-in model', runId: null, testAccuracy: 0.9938, isReliable: true };

/** As an admin sees it, alone. */
function view(run: Partial<Run> | null, facts: Partial<ProgressFacts> = {}) {
  const seen = progressView({
    t: english,
    run: run && { ...RUN, ...run },
    live: null,
    queuePosition: null,
    startsIn: null,
    whose: null,
    mayChange: true,
    mayServe: true,
    stopping: false,
    others: [],
    moreWait: 0,
    yours: null,
    isServing: false,
    isOwnReader: false,
    before: null,
    guesses: false,
    quality: null,
    serving: { ...SHIPPED, own: null, guessing: null },
    testInterval: null,
    advice: [],
    ...facts,
  });
  return seen!;
}

const READS = 'Reuse these settings';
const texts = (pieces: ReturnType<typeof view>['reads']) =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join('');

t.test('before the first run there is nothing', async (t) => {
  t.equal(progressView({ run: null } as ProgressFacts), null);
});

t.test('a waiting run says when it begins, and can be cancelled', async (t) => {
  const waiting = { state: 'queued', epochs: [], bestEpoch: null } as const;
  const seen = view(waiting, { queuePosition: 2, startsIn: 170 });
  t.match(seen, {
    badge: 'queued',
    poll: '/runs/3/progress?epochs=0',
    stop: { label: 'Cancel', pressed: false },
    use: null,
    resume: false,
    share: null,
    metrics: [],
    reads: [],
  });
  const lead = (facts: Partial<ProgressFacts>) =>
    view(waiting, facts).leads[0].texts[0].replaceAll('\u00a0', ' ');
  t.equal(
    lead({ queuePosition: 2, startsIn: 170 }),
    'It starts by itself in about 3 min, after the 2 runs ahead of it.',
  );
  t.equal(lead({ queuePosition: 1 }), 'It starts by itself after the run ahead of it.');
  t.equal(lead({}), 'It starts in a moment.');
});

t.test('a running one says what it does, and can be stopped once', async (t) => {
  const live = {
    epoch: 3,
    batch: 400,
    batches: 1719,
    loss: 0.05,
    accuracy: 0.98,
    share: 0.4466,
    imagesPerSecond: 36_412,
    secondsLeft: 149,
  };
  const running = { state: 'running', endedAt: null } as const;
  const seen = view(running, { live } as object);
  t.match(seen.leads, [
    {
      look: 'lead numbers',
      texts: ['Epoch 3 of 5 · batch 400 of 1,719', /^36,412 images\/s · at most 2.min 29.s left$/],
    },
  ]);
  t.match(seen, {
    share: 0.4466,
    stop: { label: 'Stop', pressed: false },
    poll: '/runs/3/progress?epochs=2',
  });
  t.same(
    seen.metrics.map(({ name, value, small }) => [
      name,
      value.replace('\u00a0', ' '),
      small?.replace('\u00a0', ' '),
    ]),
    [
      ['loss', '0.1000', 'batch 0.0500'],
      ['accuracy', '97.00 %', 'batch 98.0 %'],
      ['val_loss', '0.0800', undefined],
      ['val_accuracy', '97.66 %', undefined],
    ],
    'of its last epoch, and of the batch',
  );
  t.match(seen.announcement.text, /^Run 3 running: epoch 2 done, validation accuracy 97\.66.%\.$/);
  const stopping = view(running, { live, stopping: true } as object);
  t.match(stopping, { badge: 'stopping', stop: { pressed: true } });
  t.equal(stopping.announcement.text.slice(0, 18), 'Run 3 is stopping:');
  t.same(stopping.leads[0].texts, ['Stopping after this batch; the best weights are kept.']);
  t.same(view(running).leads[0].texts, ['Loading the training images …']);
});

t.test('a finished one can be used, with its best epoch’s numbers', async (t) => {
  const seen = view({ bestEpoch: 1, testAccuracy: 0.9766 }, { testInterval: { low: 0.9735, high: 0.9794 } });
  t.match(seen, { poll: null, stop: null, use: { isMain: true }, resume: false });
  t.match(seen.leads[0].texts[0], /^Finished after 2.epochs\. The best weights, from epoch 1, are kept\.$/);
  t.match(seen.metrics[0], { name: 'test accuracy', small: /^97\.35–97\.94.%$/, look: /best/ });
  t.equal(seen.metrics[1].value, '0.3000', 'loss of the best epoch');
  t.equal(view({ testAccuracy: 0.9 }).metrics[0].small, 'also used to choose the best epoch');
  t.match(view({}, { guesses: true }).use, { isMain: false }, 'of one that guesses it is no advice');
  t.equal(view({}, { mayServe: false }).use, null);
});

t.test('stopped, failed and interrupted ones say why, and who may resume them', async (t) => {
  t.match(view({ state: 'stopped', reason: 'Stopped by hand.' }), {
    leads: [{ texts: ['Stopped by hand.'] }],
    resume: true,
  });
  t.match(view({ state: 'failed' }), {
    leads: [{ look: 'problem', texts: ['Training failed.'] }],
    resume: false,
  });
  const interrupted = view({ state: 'interrupted' });
  t.same(
    interrupted.leads.map(({ look }) => look),
    ['problem', 'lead'],
  );
  t.ok(interrupted.resume);
  t.match(view({ state: 'interrupted', resumes: true }), {
    resume: false,
    stop: { label: 'Cancel' },
    poll: /epochs=2/,
  });
  t.notOk(view({ state: 'stopped' }, { mayChange: false }).resume);
  t.notOk(view({ state: 'stopped' }, { isServing: true, mayServe: false }).resume);
});

t.test('whose drawings it reads, beside the model in service', async (t) => {
  const plain = (...args: Parameters<typeof view>) => texts(view(...args).reads).replaceAll('\u00a0', ' ');
  t.equal(plain({}), READS);
  t.equal(
    plain({ testAccuracy: 0.9814 }),
    `Of the 10,000 test images it gets 124 fewer right than the built-in model, now in use (99.38 %). ${READS}`,
  );
  const other = { ...SHIPPED, name: 'run 2, epoch 4', runId: 2, testAccuracy: 0.9814 };
  t.equal(
    plain({ testAccuracy: 0.9814 }, { serving: { ...other, own: null, guessing: null } }),
    `Of the 10,000 test images it gets as many right as run 2, epoch 4, now in use (98.14 %). Compare them · ${READS}`,
  );
  t.equal(
    plain(
      { testAccuracy: 0.9814, parent: { name: 'run 2, epoch 4', runId: 2, epoch: 4, epochs: 0 } },
      { serving: { ...other, own: null, guessing: null } },
    ),
    'Of the 10,000 test images it gets as many right as run 2, epoch 4, now in use (98.14 %). Compare them',
    'no mark behind the last link',
  );
  const before = { name: 'the built-in model', id: 'shipped', testAccuracy: 0.9938 } as const;
  const own = {
    ...SHIPPED,
    name: 'run 3, epoch 2',
    runId: 3,
    testAccuracy: 0.9814,
    own: null,
    guessing: null,
  };
  const inService = { isServing: true, before, serving: own } as const;
  t.equal(
    plain({ testAccuracy: 0.9814 }, inService),
    `It now reads your drawings. It gets 98.14 % of the test images right; the model before it, the built-in model, got 99.38 %. ${READS}`,
  );
  t.same(
    view({ testAccuracy: 0.9814 }, inService).switches.map(({ label, run }) => [label, run]),
    [['Switch back', 'shipped']],
  );
  t.match(
    plain({}, { guesses: true }),
    /^It is only guessing, so the built-in model reads your drawings instead\./,
  );
  t.match(
    plain({}, { isOwnReader: true }),
    /^It reads your drawings; the class's model is the built-in model\./,
  );
});

t.test('other runs are told beside it', async (t) => {
  const others = [
    { id: 4, name: '', state: 'running', startsIn: null, whose: "Ada's", mayChange: true },
    { id: 5, name: 'mine', state: 'queued', startsIn: 20, whose: null, mayChange: true },
  ] as const;
  const seen = view({}, { others, moreWait: 1 });
  t.same(
    seen.others.map(({ text, cancel }) => [texts(text).replaceAll('\u00a0', ' '), cancel]),
    [
      ["Run 4 (Ada's) is training; 1 other run is waiting.", null],
      ['Run 5 (mine) is waiting: it starts in less than a minute.', 5],
    ],
  );
  t.same(seen.notes, []);
  t.equal(texts(view({}, { moreWait: 2 }).notes[0]).replaceAll('\u00a0', ' '), '2 other runs are waiting.');
});
