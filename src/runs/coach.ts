/**
 * What a teacher would say about a run's curves. The thresholds were set on real runs (their curves are in
 * test/runs/coach.test.ts): they distinguish these, and are silent about a run that is fine.
 */
import { english, type MessageKey, type Translate, type Values } from '../catalogue/catalogue.ts';
import { validationCount } from '../datasets/split.ts';
import { DIGITS } from '../network/lenet5.ts';
import { defaultLearningRate, OPTIMIZER, type OptimizerName } from '../network/optimizers.ts';
import { isGuessing } from '../statistics/guessing.ts';
import type { Epoch } from '../training/epoch.ts';
import { SETTINGS, type Settings } from '../training/settings.ts';

/** One piece of advice. */
export interface Advice {
  readonly kind: 'diverged' | 'guessing' | 'noisy' | 'learning' | 'plateau' | 'overfitting';
  /** For people: the finding, and what to try. */
  readonly sentence: string;
  /** Settings to try instead of the run's; null when more epochs or other settings gain nothing. */
  readonly settings: Partial<Settings> | null;
}

type Words = Omit<Advice, 'kind'>;

/** A network with this accuracy that later only guesses fell apart. */
const READ = 0.5;
/** Twice the loss of a uniform prediction: worse than chance. */
const LOST = 2 * Math.log(DIGITS.classes);
/** Epochs whose mean is compared with the mean of as many before them. */
const SPAN = 3;
/** Still learning: val_loss of the last epoch lies this share below that of a span before. */
const LEARNING_FALL = 0.05;
/** Plateau: the training loss fell by less than this share from span to span, though the images have not been memorised. */
const PLATEAU_FALL = 0.1;
const BY_HEART = 0.995;
/** Overfitting: val_loss lies this share above its lowest, while the training loss fell by that share since. */
const OVERFITTING_RISE = 0.1;
const OVERFITTING_FALL = 0.2;
/** Too noisy: from epoch to epoch val_loss rises by this share of its mean (a fall is a rise of 0); sound runs' by 0.03–0.13. */
const NOISY_RISE = 0.15;
/** Epochs considered for it, after the first two, which always jump. */
const NOISY_EPOCHS = 8;
/** A learning rate this many times the optimizer's usual one is called high, or low. */
const UNUSUAL_RATE = 3;
/** With these sigmoid units stay at chance for epochs, whatever the rate (docs/optimizers.md). */
const STUCK_WITH_SIGMOID: readonly OptimizerName[] = ['sgd', 'adagrad'];

/** Will a run with these settings stay at chance for epochs, or for good, whatever its learning rate? */
export function hardlyLearns({ activation, optimizer }: Pick<Settings, 'activation' | 'optimizer'>): boolean {
  return activation === 'sigmoid' && STUCK_WITH_SIGMOID.includes(optimizer);
}

/**
 * @param all finished epochs, in order
 * @param inherited how many of them another run did with its own settings, for which this run's are not to blame
 * @returns empty when there is nothing to say, or too little data
 */
export function advise(
  all: readonly Epoch[],
  settings: Settings,
  inherited = 0,
  t: Translate = english,
): Advice[] {
  const epochs = all.slice(inherited);
  const last = epochs.at(-1);
  // A fine-tune's settings were not chosen by anyone.
  if (last === undefined || settings.data === 'corrections') return [];
  // It may have fallen from an accuracy that another run reached.
  if (hasDiverged(all, last, settings)) return [{ kind: 'diverged', ...divergedAdvice(t, all, settings) }];
  if (onlyGuesses(epochs, settings)) return [{ kind: 'guessing', ...guessingAdvice(t, last, settings) }];
  const advice: Advice[] = [];
  if (isLearning(epochs, settings)) advice.push({ kind: 'learning', ...learningAdvice(t, epochs) });
  if (isNoisy(epochs)) advice.push({ kind: 'noisy', ...noisyAdvice(t, settings) });
  // In noise neither a rise nor a plateau means anything.
  if (advice.length > 0) return advice;
  if (hasPlateau(epochs)) return [{ kind: 'plateau', ...plateauAdvice(t, last, settings) }];
  if (overfits(epochs)) return [{ kind: 'overfitting', ...overfittingAdvice(t, epochs, settings) }];
  return [];
}

function hasDiverged(epochs: readonly Epoch[], last: Epoch, settings: Settings): boolean {
  if (!Number.isFinite(last.loss) || !(last.val_loss < LOST)) return true;
  return guesses(last, settings) && epochs.some((epoch) => epoch.val_accuracy >= READ);
}

/** After a single epoch only if it has no more: some start slowly. */
function onlyGuesses(epochs: readonly Epoch[], settings: Settings): boolean {
  const isEnough = epochs.length > 1 || epochs[0].epoch === settings.epochs;
  return isEnough && epochs.slice(-2).every((epoch) => guesses(epoch, settings));
}

function guesses({ val_accuracy }: Epoch, settings: Settings): boolean {
  return isGuessing(val_accuracy, validationCount(settings), DIGITS.classes);
}

function isNoisy(epochs: readonly Epoch[]): boolean {
  const values = epochs
    .slice(2)
    .slice(-NOISY_EPOCHS)
    .map(({ val_loss }) => val_loss);
  if (values.length <= SPAN) return false;
  const rises = values.slice(1).map((value, i) => Math.max(0, value - values[i]));
  return mean(rises) >= NOISY_RISE * mean(values);
}

/** Only when all its epochs are done. */
function isLearning(epochs: readonly Epoch[], settings: Settings): boolean {
  const last = epochs.at(-1)!;
  return (
    epochs.length > 1 &&
    last.epoch >= settings.epochs &&
    last.epoch < SETTINGS.epochs.max &&
    bestOf(epochs) === last &&
    recentFall(epochs) >= LEARNING_FALL
  );
}

/** The share by which val_loss fell over the last span, or over all epochs of a short run. */
function recentFall(epochs: readonly Epoch[]): number {
  const before = epochs.at(-1 - SPAN) ?? epochs[0];
  return 1 - epochs.at(-1)!.val_loss / before.val_loss;
}

function hasPlateau(epochs: readonly Epoch[]): boolean {
  if (epochs.length < 2 * SPAN) return false;
  const now = epochs.slice(-SPAN);
  const before = epochs.slice(-2 * SPAN, -SPAN);
  const fall = 1 - mean(now.map(({ loss }) => loss)) / mean(before.map(({ loss }) => loss));
  return fall < PLATEAU_FALL && mean(now.map(({ accuracy }) => accuracy)) < BY_HEART;
}

function overfits(epochs: readonly Epoch[]): boolean {
  const best = bestOf(epochs);
  const last = epochs.slice(-SPAN);
  if (epochs.length - best.epoch < SPAN) return false;
  const rise = mean(last.map(({ val_loss }) => val_loss)) / best.val_loss - 1;
  const fall = 1 - mean(last.map(({ loss }) => loss)) / best.loss;
  return rise >= OVERFITTING_RISE && fall >= OVERFITTING_FALL;
}

function divergedAdvice(t: Translate, epochs: readonly Epoch[], settings: Settings): Words {
  const best = bestOf(epochs);
  const seen =
    best.val_accuracy >= READ
      ? t('coach.fellApart', { epoch: best.epoch, share: percent(best.val_accuracy) })
      : t('coach.worseThanNothing');
  return lowerRate(t, `${seen} ${t('coach.wereTooLarge')}`, settings);
}

function guessingAdvice(t: Translate, { epoch, val_accuracy }: Epoch, settings: Settings): Words {
  const { activation, learningrate, optimizer } = settings;
  const seen = t('coach.guesses', { count: epoch, share: percent(val_accuracy) });
  const usual = usualRate(settings);
  if (hardlyLearns(settings)) {
    return {
      sentence: `${seen} ${t('coach.sigmoidStays', { optimizer, usual, adam: OPTIMIZER.adam.learningRate })}`,
      settings: { activation: 'relu', learningrate: usual },
    };
  }
  if (learningrate > usual) return lowerRate(t, `${seen} ${t('coach.probablyTooLarge')}`, settings);
  if (learningrate * UNUSUAL_RATE <= usual)
    return higherRate(t, `${seen} ${t('coach.probablyTooSmall')}`, settings);
  if (activation === 'sigmoid') {
    return {
      sentence: `${seen} ${t('coach.sigmoidHardlyLearns')}`,
      settings: { activation: 'relu' },
    };
  }
  // With the usual rate relu and tanh learnt with every optimizer and each of six seeds: no seed is to blame.
  return lowerRate(t, `${seen} ${t('coach.probablyTooLarge')}`, settings);
}

function noisyAdvice(t: Translate, settings: Settings): Words {
  const { batchsize, schedule } = settings;
  const seen = t('coach.noisy');
  const { sentence, settings: lower } = lowerRate(t, seen, settings);
  const key: MessageKey | null =
    schedule === 'constant'
      ? batchsize < 32
        ? 'coach.scheduleOrBatch'
        : 'coach.schedule'
      : batchsize < 32
        ? 'coach.largerBatch'
        : null;
  const also = key === null ? '' : ` ${t(key, { batchsize })}`;
  return { sentence: sentence + also, settings: lower };
}

function learningAdvice(t: Translate, epochs: readonly Epoch[]): Words {
  const span = Math.min(SPAN, epochs.length - 1);
  const done = epochs.at(-1)!.epoch;
  const more = Math.min(2 * done, SETTINGS.epochs.max);
  return {
    sentence: t('coach.stillLearning', { done, share: percent(recentFall(epochs)), span, more }),
    settings: { epochs: more },
  };
}

function plateauAdvice(t: Translate, last: Epoch, settings: Settings): Words {
  const { learningrate, schedule } = settings;
  const usual = usualRate(settings);
  const seen = t('coach.plateau', { span: SPAN, loss: Number(last.loss.toPrecision(2)) });
  if (learningrate >= UNUSUAL_RATE * usual)
    return lowerRate(t, `${seen} ${t('coach.tooLargeToGetLower')}`, settings);
  if (learningrate * UNUSUAL_RATE <= usual)
    return higherRate(t, `${seen} ${t('coach.stepsAreSmall')}`, settings);
  if (schedule === 'constant') {
    return {
      sentence: `${seen} ${t('coach.trySchedule')}`,
      settings: { schedule: 'cosine' },
    };
  }
  return { sentence: `${seen} ${t('coach.tryAnother')}`, settings: null };
}

function overfittingAdvice(t: Translate, epochs: readonly Epoch[], { augmentation, data }: Settings): Words {
  const { epoch } = bestOf(epochs);
  const seen = t('coach.overfitted', { epoch });
  if (augmentation === 'off') {
    return {
      sentence: `${seen} ${t('coach.tryAugmentation')}`,
      settings: { augmentation: 'affine' },
    };
  }
  if (data === 'mnist')
    return {
      sentence: `${seen} ${t('coach.tryPen')}`,
      settings: { data: 'mnist+pen' },
    };
  return { sentence: seen, settings: null };
}

function lowerRate(t: Translate, seen: string, settings: Settings): Words {
  const { learningrate } = settings;
  const usual = usualRate(settings);
  if (learningrate > usual) {
    return {
      sentence: `${seen} ${t('coach.rateTooHigh', { ...needs(settings), factor: Number((learningrate / usual).toPrecision(2)) })}`,
      settings: { learningrate: usual },
    };
  }
  const lower = Number((learningrate / 3).toPrecision(1));
  return {
    sentence: `${seen} ${t('coach.tryLower', { lower })}`,
    settings: { learningrate: lower },
  };
}

function higherRate(t: Translate, seen: string, settings: Settings): Words {
  const { learningrate } = settings;
  const usual = usualRate(settings);
  return {
    sentence: `${seen} ${t('coach.rateTooLow', { ...needs(settings), factor: Math.round(usual / learningrate) })}`,
    settings: { learningrate: usual },
  };
}

function usualRate({ optimizer, batchsize }: Settings): number {
  return defaultLearningRate(optimizer, batchsize);
}

/** Values for the sentences about a learning rate. */
function needs(settings: Settings): Values {
  const { optimizer, batchsize, learningrate: rate } = settings;
  const usual = usualRate(settings);
  const isOther = usual !== OPTIMIZER[optimizer].learningRate;
  return { rate, usual, optimizer, batchsize: isOther ? batchsize : 'any' };
}

/** As early stopping chooses it: the first one with the lowest val_loss. */
function bestOf(epochs: readonly Epoch[]): Epoch {
  return epochs.reduce((best, epoch) => (epoch.val_loss < best.val_loss ? epoch : best));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number) => `${(100 * share).toFixed(share < 0.995 ? 0 : 1)} %`;
