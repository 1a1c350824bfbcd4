/**
 * Training: epochs → batches → one optimizer step each, validation after every epoch, early stopping, and the test once
 * at the end. Independent of threads and store; the same settings, data and engine give the same weights bit for bit,
 * whether it resumes after an epoch or was never interrupted.
 */
import { Batches } from '../datasets/batches.ts';
import type { Engine, Metrics } from '../engines/engine.ts';
import { fitTemperature } from '../network/calibration.ts';
import { glorotUniform } from '../network/initializers.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { Random } from '../network/random.ts';
import { AugmentedBatch } from './augmented-batch.ts';
import type { Checkpoint, FitStart } from './checkpoint.ts';
import { compare, measure } from './comparison.ts';
import { EarlyStopping } from './early-stopping.ts';
import type { Ending } from './ending.ts';
import type { Epoch } from './epoch.ts';
import type { FitData } from './image-set.ts';
import { STREAMS } from './image-set.ts';
import { learningRateAt } from './schedule.ts';
import {
  budgetSentence,
  divergedSentence,
  patienceSentence,
  pausedSentence,
  stoppedSentence,
} from './sentences.ts';
import type { Settings } from './settings.ts';
import { testAnswers } from './test-answers.ts';

/** Callbacks during training. */
export interface FitReports {
  /** After each step. `seconds`: time spent on training steps since the beginning, validation left out. */
  batch(metrics: Metrics, seconds: number): void;
  epoch(report: EpochReport): void;
  /** Called before each step. */
  stopRequested(): boolean;
}

export interface EpochReport {
  readonly epoch: Epoch;
  /** State after the epoch; the receiver owns the arrays. */
  readonly checkpoint: Checkpoint;
  /** Is its val_loss the lowest so far? */
  readonly isBest: boolean;
}

export type FitEnding = Ending & { readonly bestEpoch: number | null };
/** Fewer images are too few to calibrate with. */
const LEAST_CALIBRATION = 1000;

/** Words of one random state. */
const STATE_WORDS = 4;

type TrainedEpoch = Metrics | 'stopped' | { readonly divergedAt: number };

/**
 * Trains until the epochs run out, `patience` epochs brought no lower val_loss, the time budget is used up (the epoch it
 * is in ends there, and counts), or it is stopped.
 * However it ended, the engine then has the weights of the best epoch (as Keras restores them), and the test set is
 * evaluated with them, once. A run stopped in its first epoch has none. One whose loss is not finite ends as
 * failed, without a test; one that pauses has no test yet.
 *
 * @param from what it starts from: by default new weights; given ones, for which it then reports what the training changed;
 * or epochs already done, with the same settings and data
 */
export function fit(
  engine: Engine,
  data: FitData,
  settings: Settings,
  reports: FitReports,
  { weights: given, done, pauseAfter }: FitStart = {},
): FitEnding {
  const begun = performance.now();
  const batches = new Batches(data.training, settings.batchsize, shuffleRandom(settings, done?.checkpoint));
  const earlyStopping = new EarlyStopping(settings, done?.valLosses, done?.patienceFrom);
  const augmented = augmentedBatch(engine, settings, done?.checkpoint);
  const steps = settings.epochs * batches.count;
  const epochsDone = done?.valLosses.length ?? 0;
  let bestWeights = done?.bestWeights ?? new Float32Array();
  let seconds = 0;
  let step = epochsDone * batches.count;

  const before = given ? measureWith(given) : null;
  const weights = given ?? glorotUniform(new Random(settings.seed, STREAMS.weights));
  // Before the first step there are no slots: the optimizer starts afresh.
  engine.setState(done?.checkpoint.step ? done.checkpoint : { weights: done?.checkpoint.weights ?? weights });

  for (let epoch = epochsDone + 1; epoch <= settings.epochs; epoch++) {
    if (earlyStopping.isOver) {
      return end('finished', patienceSentence(settings.patience, earlyStopping.bestEpoch!));
    }
    if (isOverBudget()) return end('finished', budgetSentence(settings.timebudget, earlyStopping.bestEpoch!));
    // Here and not after the epoch: a server may end between storing the epoch and the pause.
    if (pauseAfter !== undefined && epoch > pauseAfter && !reports.stopRequested()) return paused(epoch - 1);
    const started = performance.now();
    const trained = trainEpoch();
    if (trained === 'stopped') return end('stopped', stoppedSentence(epoch, earlyStopping.bestEpoch));
    if ('divergedAt' in trained) return diverged(divergedSentence(settings, epoch, trained.divergedAt));
    const { images, from, to } = data.validation;
    const validation = engine.evaluate(images, from, to);
    if (!Number.isFinite(validation.loss)) return diverged(divergedSentence(settings, epoch, null));

    const isBest = earlyStopping.heard(epoch, validation.loss);
    const state = engine.getState();
    if (isBest) bestWeights = state.weights.slice();
    reports.epoch({
      epoch: {
        epoch,
        ...trained,
        val_loss: validation.loss,
        val_accuracy: validation.accuracy,
        seconds: (performance.now() - started) / 1000,
      },
      checkpoint: { ...state, random: [...batches.randomState, ...(augmented?.randomState ?? [])] },
      isBest,
    });
  }
  return end('finished', null);

  function isOverBudget(): boolean {
    const { timebudget } = settings;
    const before = epochsDone > 0 ? done!.seconds : 0;
    return timebudget > 0 && before + (performance.now() - begun) / 1000 >= timebudget;
  }

  /** Metrics are means over the images of the epoch, each taken before the step that its batch caused. */
  function trainEpoch(): TrainedEpoch {
    const started = performance.now();
    const before = seconds;
    let loss = 0;
    let accuracy = 0;
    let batchNumber = 0;
    let images = 0;
    for (const batch of batches.epoch()) {
      if (reports.stopRequested()) return 'stopped';
      if (batchNumber > 0 && isOverBudget()) break;
      engine.learningRate = learningRateAt(settings.schedule, settings.learningrate, step++, steps);
      const metrics = trainStep(batch);
      batchNumber++;
      if (!Number.isFinite(metrics.loss)) return { divergedAt: batchNumber };
      images += batch.length;
      loss += metrics.loss * batch.length;
      accuracy += metrics.accuracy * batch.length;
      seconds = before + (performance.now() - started) / 1000;
      reports.batch(metrics, seconds);
    }
    return { loss: loss / images, accuracy: accuracy / images };
  }

  function trainStep(batch: Uint32Array): Metrics {
    const { images } = data.training;
    if (augmented === null) return engine.trainStep(images, batch);
    return engine.trainStep(augmented.images, augmented.fill(images, batch));
  }

  function end(state: 'finished' | 'stopped', reason: string | null): FitEnding {
    const { bestEpoch } = earlyStopping;
    if (bestEpoch === null) return { state, reason, test: null, bestEpoch };
    const after = measureWith(bestWeights);
    return {
      state,
      reason,
      test: { ...after.test, answers: testAnswers(engine, data.test) },
      temperature: temperature(),
      bestEpoch,
      comparisons: before ? compare(before, after, data) : [],
    };
  }

  /** For the best weights, which the engine has by now. Never on the test set, and not on a handful of images. */
  function temperature(): number | null {
    const { images, from, to } = data.validation;
    if (settings.validation === 'test' || to - from < LEAST_CALIBRATION) return null;
    const probabilities = engine.predict(images.images.subarray(from * IMAGE_SIZE, to * IMAGE_SIZE));
    return fitTemperature(probabilities, images.labels.subarray(from, to));
  }

  function measureWith(weights: Float32Array) {
    engine.setState({ weights });
    return measure(engine, data);
  }

  function paused(epoch: number): FitEnding {
    return {
      state: 'stopped',
      reason: pausedSentence(epoch),
      test: null,
      bestEpoch: earlyStopping.bestEpoch,
    };
  }

  function diverged(reason: string): FitEnding {
    return { state: 'failed', reason, test: null, bestEpoch: earlyStopping.bestEpoch };
  }
}

function shuffleRandom({ seed }: Settings, checkpoint: Checkpoint | undefined): Random {
  return randomAt(new Random(seed, STREAMS.shuffle), checkpoint?.random.slice(0, STATE_WORDS));
}

function augmentedBatch(
  engine: Engine,
  { augmentation: kind, batchsize: batchSize, seed }: Settings,
  checkpoint: Checkpoint | undefined,
): AugmentedBatch | null {
  if (kind === 'off') return null;
  const random = randomAt(new Random(seed, STREAMS.augmentation), checkpoint?.random.slice(STATE_WORDS));
  return new AugmentedBatch(engine, { kind, batchSize, random });
}

/** @param state may be missing: a fork may warp images of a run that did not */
function randomAt(random: Random, state: readonly number[] = []): Random {
  if (state.length > 0) random.state = state;
  return random;
}
