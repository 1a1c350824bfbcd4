/**
 * The optimizers a run may choose: Keras's names, formulas and hyper-parameters.
 *
 * Formulas follow Keras 3 (keras/src/optimizers/*.py); g is the gradient, t the step from 1, ε = 1e-7.
 */

export const OPTIMIZERS = [
  'adam',
  'adagrad',
  'nadam',
  'adadelta',
  'adamax',
  'rmsprop',
  'sgd',
  'ftrl',
] as const;

export type OptimizerName = (typeof OPTIMIZERS)[number];

export interface Optimizer {
  /** Its name in the form. */
  readonly label: string;
  /**
   * Our default learning rate: a default run passes 97 % on the test set within 5 epochs of 0–1 inputs. With small batches
   * see {@link defaultLearningRate}.
   */
  readonly learningRate: number;
  /** Batch size below which the default falls in proportion. 1 unless named. */
  readonly fullRateFrom?: number;
  /** Keras's default learning rate. */
  readonly kerasLearningRate: number;
  /** Its float arrays, each as long as the weights, under Keras's names. */
  readonly slots: readonly string[];
  /** Initial value of a slot (0 unless named). */
  readonly initialSlots?: Readonly<Record<string, number>>;
  /** The same in Keras, where ours differs. */
  readonly kerasInitialSlots?: Readonly<Record<string, number>>;
}

/** ε of every rule that divides by a root. */
export const EPSILON = 1e-7;
/** Decay rates of the first and second moment (adam, nadam, adamax). */
export const BETA_1 = 0.9;
export const BETA_2 = 0.999;
/** Decay rate of rmsprop's mean square. */
export const RMSPROP_RHO = 0.9;
/** Decay rate of adadelta's mean squares. */
export const ADADELTA_RHO = 0.95;
/** Decay of nadam's momentum schedule: u_t = β₁ (1 − ½ · 0.96^t). */
export const NADAM_DECAY = 0.96;

export const OPTIMIZER: Readonly<Record<OptimizerName, Optimizer>> = {
  /** m += (g − m)(1 − β₁); v += (g² − v)(1 − β₂); w −= lr √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε) */
  adam: { label: 'Adam', learningRate: 0.001, kerasLearningRate: 0.001, slots: ['momentum', 'velocity'] },
  /** a += g²; w −= lr · g / √(a + ε) */
  adagrad: {
    label: 'Adagrad',
    learningRate: 0.03,
    kerasLearningRate: 0.001,
    slots: ['accumulator'],
    initialSlots: { accumulator: 0.1 },
  },
  /** u = β₁(1 − ½ · 0.96ᵗ), u₁ for t + 1, P = ∏u, P₁ = P·u₁; w −= lr (u₁ m / (1 − P₁) + (1 − u) g / (1 − P)) / (√(v / (1 − β₂ᵗ)) + ε) */
  nadam: { label: 'Nadam', learningRate: 0.001, kerasLearningRate: 0.001, slots: ['momentum', 'velocity'] },
  /** a = ρa + (1 − ρ)g²; d = −√(x + ε) g / √(a + ε); x = ρx + (1 − ρ)d²; w += lr · d */
  adadelta: {
    label: 'Adadelta',
    learningRate: 1,
    kerasLearningRate: 0.001,
    slots: ['accumulated_grad', 'accumulated_delta_var'],
  },
  /** m as adam; u = max(β₂ u, |g|); w −= lr · m / ((1 − β₁ᵗ)(u + ε)) */
  adamax: { label: 'Adamax', learningRate: 0.002, kerasLearningRate: 0.001, slots: ['momentum', 'norm'] },
  /** v = ρv + (1 − ρ)g²; w −= lr · g / √(v + ε) */
  rmsprop: { label: 'RMSprop', learningRate: 0.001, kerasLearningRate: 0.001, slots: ['velocity'] },
  /** w −= lr · g */
  sgd: { label: 'SGD', learningRate: 0.1, fullRateFrom: 8, kerasLearningRate: 0.01, slots: [] },
  /**
   * n = a + g²; l += g − (√n − √a) / lr · w; w = −l · lr / √n; a = n
   *
   * The first step leaves w (1 − √a / √n) of a weight. On inputs of 0–1 the gradients are far below √0.1, so that with
   * Keras's initial accumulator of 0.1 next to nothing is left, and no rate from 0.001 to 40 learnt from there. With
   * 1e-7 the initial weights stay.
   */
  ftrl: {
    label: 'FTRL',
    learningRate: 0.01,
    kerasLearningRate: 0.001,
    slots: ['accumulator', 'linear'],
    initialSlots: { accumulator: 1e-7 },
    kerasInitialSlots: { accumulator: 0.1 },
  },
};

/**
 * The default learning rate of an optimizer.
 *
 * Plain SGD's step is proportional to the gradient, and that of a few images is noisy: with 0.1 the network falls apart at
 * batch size 1 and reads 90 % at 2. Its rate therefore falls with the batch (P. Goyal et al., "Accurate, Large Minibatch
 * SGD", 2017: the linear scaling rule). The others divide by the size of past gradients, and learn at any batch size with one
 * rate. docs/optimizers.md has the measurements.
 *
 * @param batchSize images a step, 1–128
 */
export function defaultLearningRate(optimizer: OptimizerName, batchSize: number): number {
  const { learningRate, fullRateFrom = 1 } = OPTIMIZER[optimizer];
  if (batchSize >= fullRateFrom) return learningRate;
  return Number(((learningRate * batchSize) / fullRateFrom).toPrecision(6));
}
