import t from 'tap';
import type { Metrics } from '../../src/engines/engine.ts';
import { temper } from '../../src/network/calibration.ts';
import { glorotUniform } from '../../src/network/initializers.ts';
import { DIGITS } from '../../src/network/lenet5.ts';
import { Random } from '../../src/network/random.ts';
import type { FitStart } from '../../src/training/checkpoint.ts';
import { type EpochReport, fit } from '../../src/training/fit.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/training/settings.ts';
import { FAKE_TRAINING, FakeEngine, fingerprint, type Script } from './fake-engine.ts';

interface Options extends Partial<Settings> {
  readonly script?: Script;
  /** Stop is asked for once so many steps are done. */
  readonly stopAfter?: number;
  readonly from?: FitStart;
}

/** Fits a fake engine with batches of 8, 8 and 4 images. */
function fitFake({ script = {}, stopAfter = Number.POSITIVE_INFINITY, from, ...changed }: Options = {}) {
  const engine = new FakeEngine(script);
  const reports: EpochReport[] = [];
  const seconds: number[] = [];
  const settings = { ...DEFAULT_SETTINGS, batchsize: 8, epochs: 4, ...changed };
  const listeners = {
    batch: (_metrics: Metrics, trained: number) => seconds.push(trained),
    epoch: (report: EpochReport) => reports.push(report),
    stopRequested: () => seconds.length >= stopAfter,
  };
  const ending = fit(engine, engine.data, settings, listeners, from);
  return { engine, reports, seconds, ending };
}

t.test('an epoch sees each training image once, in an order of its own', async (t) => {
  const { engine } = fitFake({ epochs: 2 });
  t.same(
    engine.batches.map((batch) => batch.length),
    [8, 8, 4, 8, 8, 4],
  );
  const first = engine.batches.slice(0, 3).flat();
  const second = engine.batches.slice(3).flat();
  const all = Array.from({ length: FAKE_TRAINING }, (_, i) => i);
  t.same(
    first.toSorted((a, b) => a - b),
    all,
  );
  t.same(
    second.toSorted((a, b) => a - b),
    all,
  );
  t.notSame(first, second);
});

t.test('training metrics are means over images, the ragged batch weighing less', async (t) => {
  // The fake's loss is the batch size and its accuracy 1 / batch size: (8·8 + 8·8 + 4·4) / 20 and 3 batches / 20.
  const { reports } = fitFake({ epochs: 1 });
  t.equal(reports[0].epoch.loss, 7.2);
  t.equal(reports[0].epoch.accuracy, 0.15);
  t.equal(reports[0].epoch.val_accuracy, 0.5);
  t.ok(reports[0].epoch.seconds > 0);
});

t.test('it begins with Glorot uniform weights of the seed and the learning rate asked for', async (t) => {
  const { engine, reports } = fitFake({ seed: 7, learningrate: 0.25, epochs: 1 });
  const initial = glorotUniform(new Random(7));
  t.equal(engine.learningRate, 0.25);
  // A fake step leaves the weights behind the first 20 alone.
  const tail = (weights: Float32Array) => Buffer.from(weights.slice(FAKE_TRAINING).buffer);
  t.ok(tail(reports[0].checkpoint.weights).equals(tail(initial)));
});

t.test('the same seed gives the same weights, another one others', async (t) => {
  const last = (seed: number) => Buffer.from(fitFake({ seed }).reports.at(-1)!.checkpoint.weights.buffer);
  t.ok(last(3).equals(last(3)));
  t.notOk(last(3).equals(last(4)));
});

t.test('a checkpoint has slots, step and the random state that the next epoch begins with', async (t) => {
  const { reports, engine } = fitFake({ epochs: 2 });
  const { checkpoint } = reports[0];
  t.equal(checkpoint.step, 3);
  t.same(checkpoint.slots.momentum.subarray(0, FAKE_TRAINING), new Float32Array(FAKE_TRAINING).fill(1));
  const random = new Random(0);
  random.state = checkpoint.random;
  const order = Uint32Array.from({ length: FAKE_TRAINING }, (_, i) => i);
  random.shuffle(order);
  t.same(engine.batches.slice(3).flat(), [...order]);
});

t.test('early stopping', async (t) => {
  t.test('stops after `patience` epochs without a lower val_loss, with the best weights', async (t) => {
    const script = { valLosses: [0.5, 0.3, 0.4, 0.3, 0.2] };
    const { ending, reports } = fitFake({ epochs: 100, patience: 2, script });
    t.equal(reports.length, 4, 'an equal val_loss is not lower');
    t.equal(ending.bestEpoch, 2);
    t.equal(ending.state, 'finished');
    t.match(ending.reason, /for 2 epochs.*best weights, from epoch 2/);
    t.same(
      reports.map((report) => report.isBest),
      [true, true, false, false],
    );
    t.equal(ending.test?.loss, fingerprint(reports[1].checkpoint.weights), 'tested with the best weights');
    t.equal(ending.test?.accuracy, 0.75);
  });

  t.test('a lower val_loss starts the patience anew', async (t) => {
    const script = { valLosses: [0.5, 0.6, 0.4, 0.6, 0.3, 0.6, 0.6] };
    t.equal(fitFake({ epochs: 100, patience: 2, script }).reports.length, 7);
  });

  t.test('patience 1 ends at the first epoch that is no better', async (t) => {
    const { reports, ending } = fitFake({ patience: 1, script: { valLosses: [0.5, 0.5] } });
    t.equal(reports.length, 2);
    t.match(ending.reason, /fallen for an epoch/);
  });

  t.test('restores the best weights also when the epochs run out', async (t) => {
    const { ending, reports } = fitFake({ epochs: 2, script: { valLosses: [0.1, 0.2] } });
    t.equal(ending.test?.loss, fingerprint(reports[0].checkpoint.weights));
    t.equal(ending.reason, null);
  });

  t.test('does not depend on what a receiver does with the weights', async (t) => {
    const engine = new FakeEngine({ valLosses: [0.1, 0.2] });
    let best = 0;
    const settings = { ...DEFAULT_SETTINGS, epochs: 2 };
    const ending = fit(engine, engine.data, settings, {
      batch: () => {},
      stopRequested: () => false,
      epoch: ({ checkpoint, isBest }) => {
        if (isBest) best = fingerprint(checkpoint.weights);
        structuredClone(checkpoint.weights, { transfer: [checkpoint.weights.buffer as ArrayBuffer] });
      },
    });
    t.equal(ending.test?.loss, best);
  });
});

t.test('going on after epochs that are done', async (t) => {
  const valLosses = [0.5, 0.3, 0.4, 0.35];
  const weights = Float32Array.from({ length: DIGITS.parameterCount }, (_, i) => i);
  /** As after four epochs of which the second was best. */
  const from = {
    done: {
      valLosses,
      checkpoint: {
        weights: weights.map((weight) => weight + 1),
        slots: { momentum: weights },
        step: 12,
        random: [1, 2, 3, 4],
      },
      bestWeights: weights,
      seconds: 8,
      patienceFrom: 0,
    },
  };

  t.test('patience has counted on: the best epoch before is what it ends with', async (t) => {
    const { ending, reports, engine } = fitFake({
      epochs: 100,
      patience: 3,
      from,
      script: { valLosses: [0.3] },
    });
    t.same(
      reports.map(({ epoch, isBest }) => ({ epoch: epoch.epoch, isBest })),
      [{ epoch: 5, isBest: false }],
    );
    t.equal(reports[0].checkpoint.step, 15);
    t.equal(engine.batches.length, 3);
    t.match(ending, { state: 'finished', bestEpoch: 2, reason: /for 3 epochs.*best weights, from epoch 2/ });
    t.equal(ending.test?.loss, fingerprint(weights));
  });

  t.test('a run whose patience was over already trains no more', async (t) => {
    const { ending, engine } = fitFake({ epochs: 100, patience: 2, from });
    t.match(ending, { state: 'finished', bestEpoch: 2 });
    t.same(engine.batches, []);
  });

  t.test('a fork has patience anew, and knows the best epoch before', async (t) => {
    const done = { ...from.done, patienceFrom: 4 };
    const { ending, reports } = fitFake({
      epochs: 100,
      patience: 2,
      from: { done },
      script: { valLosses: [0.6, 0.7] },
    });
    t.equal(reports.length, 2);
    t.match(ending, { state: 'finished', bestEpoch: 2 });
  });

  t.test('without slots the optimizer begins afresh, without random numbers the shuffle', async (t) => {
    const checkpoint = { weights, slots: {}, step: 0, random: [] };
    const { reports, engine } = fitFake({
      epochs: 5,
      patience: 9,
      from: { done: { ...from.done, checkpoint } },
    });
    t.equal(reports[0].checkpoint.step, 3);
    t.same(engine.batches, fitFake({ epochs: 1 }).engine.batches);
  });

  t.test('a time budget that was used up before ends it at once', async (t) => {
    const { ending, engine } = fitFake({ epochs: 100, patience: 9, timebudget: 8, from });
    t.match(ending, { state: 'finished', bestEpoch: 2, reason: /time budget of 8 s/ });
    t.same(engine.batches, []);
  });

  t.test('stopped at once, it has the best weights from before', async (t) => {
    const { ending } = fitFake({ epochs: 100, from, stopAfter: 0 });
    t.match(ending, {
      state: 'stopped',
      bestEpoch: 2,
      reason: /in epoch 5\. The best weights, from epoch 2/,
    });
    t.equal(ending.test?.loss, fingerprint(weights));
  });
});

t.test('a time budget ends the epoch it is in, which counts', async (t) => {
  const onStep = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  const { ending, reports, engine } = fitFake({
    epochs: 100,
    timebudget: 1,
    script: { onStep, batchLosses: [3, 1] },
  });
  t.equal(engine.batches.length, 2, 'of three batches');
  t.match(ending, { state: 'finished', bestEpoch: 1, reason: /time budget of 1 s was used up/ });
  t.equal(reports[0].epoch.loss, 2, 'the mean of what it saw');
});

t.test('a pause', async (t) => {
  const { ending, reports } = fitFake({ epochs: 4, from: { pauseAfter: 2 } });
  t.equal(reports.length, 2);
  t.match(ending, { state: 'stopped', test: null, bestEpoch: 2, reason: /Paused after epoch 2/ });
  t.match(
    fitFake({ epochs: 2, from: { pauseAfter: 2 } }).ending,
    { state: 'finished' },
    'there is nothing to wait for',
  );
});

t.test('a pause whose epoch was stored before the server ended is made up for', async (t) => {
  const [{ epoch, checkpoint }] = fitFake({ epochs: 4, from: { pauseAfter: 1 } }).reports;
  const done = {
    valLosses: [epoch.val_loss],
    checkpoint,
    bestWeights: checkpoint.weights,
    seconds: 1,
    patienceFrom: 0,
  };
  const { ending, engine } = fitFake({ epochs: 4, from: { pauseAfter: 1, done } });
  t.match(ending, { state: 'stopped', test: null, bestEpoch: 1, reason: /Paused after epoch 1/ });
  t.equal(engine.batches.length, 0);
});

t.test('who stops a run as it is about to pause has stopped it', async (t) => {
  const { ending } = fitFake({ epochs: 4, stopAfter: 3, from: { pauseAfter: 1 } });
  t.match(ending, { state: 'stopped', reason: /Stopped by hand in epoch 2/ });
});

t.test('the test keeps what each image was answered with', async (t) => {
  t.same(fitFake({ epochs: 1 }).ending.test?.answers, Uint8Array.of(0, 0, 1));
});

t.test('the temperature makes it as sure as it is often right, on images held out', async (t) => {
  const engine = new FakeEngine();
  const validation = { images: engine.allocateImages(1200), from: 0, to: 1200 };
  const temperatureOf = (settings: Partial<Settings>, to = validation.to) =>
    fit(
      engine,
      { ...engine.data, validation: { ...validation, to } },
      { ...DEFAULT_SETTINGS, epochs: 1, ...settings },
      { batch: () => {}, epoch: () => {}, stopRequested: () => false },
    ).temperature;
  const images = new Uint8Array(784);
  const [sureness] = temper(engine.predict(images), temperatureOf({})!);
  // It takes two of three images for what they are: cross-entropy is least when it says so.
  t.ok(Math.abs(sureness - 2 / 3) < 1e-3, String(sureness));
  t.equal(temperatureOf({ validation: 'test' }), null, 'the test set is not for choosing anything');
  t.equal(temperatureOf({}, 999), null, 'too few');
});

t.test('stop', async (t) => {
  t.test('is heard between batches, and the best weights are tested', async (t) => {
    const { engine, ending, reports } = fitFake({ stopAfter: 4 });
    t.equal(engine.batches.length, 4);
    t.equal(ending.state, 'stopped');
    t.match(ending.reason, /in epoch 2\. The best weights, from epoch 1/);
    t.equal(ending.test?.loss, fingerprint(reports[0].checkpoint.weights));
  });

  t.test('in the first epoch keeps nothing', async (t) => {
    const { ending, reports } = fitFake({ stopAfter: 1 });
    t.equal(reports.length, 0);
    t.same(ending.test, null);
    t.equal(ending.bestEpoch, null);
    t.match(ending.reason, /no weights are kept/);
  });
});

t.test('a loss that is not finite fails the run and says what to try', async (t) => {
  t.test('in a batch', async (t) => {
    const script = { batchLosses: [1, 1, 1, 1, Number.NaN] };
    const { ending, reports } = fitFake({ script, learningrate: 5 });
    t.equal(ending.state, 'failed');
    t.match(ending.reason, /in epoch 2, batch 2.*lower learning rate, such as 0\.001\./);
    t.same(ending.test, null);
    t.equal(reports.length, 1);
  });

  t.test('in the validation', async (t) => {
    const script = { valLosses: [Number.POSITIVE_INFINITY] };
    const { ending } = fitFake({ script, learningrate: 0.001 });
    t.match(ending.reason, /after epoch 1: .*such as 0\.0001\./);
  });
});

t.test('the time spent on training grows with each batch', async (t) => {
  const { seconds } = fitFake();
  t.equal(seconds.length, 12);
  t.ok(seconds.every((time, i) => time >= (seconds[i - 1] ?? 0) && time > 0));
});
