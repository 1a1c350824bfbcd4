/**
 * The coefficients of an update rule at a step, in the order its kernel reads them.
 *
 * As in Keras, powers are taken of the float32 values of the betas, while the shares 1 − β are exact.
 */
import type { OptimizerName } from '../../network/optimizers.ts';
import { ADADELTA_RHO, BETA_1, BETA_2, EPSILON, NADAM_DECAY, RMSPROP_RHO } from '../../network/optimizers.ts';

const BETA_1_FLOAT = Math.fround(BETA_1);
const BETA_2_FLOAT = Math.fround(BETA_2);
const NADAM_DECAY_FLOAT = Math.fround(NADAM_DECAY);

/** @param step the step's number, from 1 */
type Rule = (learningRate: number, step: number) => readonly number[];

export const COEFFICIENTS: Readonly<Record<OptimizerName, Rule>> = {
  adam: (rate, step) => [
    (rate * Math.sqrt(1 - BETA_2_FLOAT ** step)) / (1 - BETA_1_FLOAT ** step),
    1 - BETA_1,
    1 - BETA_2,
    EPSILON,
  ],
  adagrad: (rate) => [rate, EPSILON],
  nadam: (rate, step) => {
    const product = nadamProduct(step);
    const momentum = nadamMomentum(BETA_1_FLOAT, NADAM_DECAY_FLOAT, step);
    const nextMomentum = nadamMomentum(BETA_1_FLOAT, NADAM_DECAY_FLOAT, step + 1);
    return [
      (rate * nextMomentum) / (1 - product * nadamMomentum(BETA_1, NADAM_DECAY, step + 1)),
      (rate * (1 - momentum)) / (1 - product),
      1 / (1 - BETA_2_FLOAT ** step),
      1 - BETA_1_FLOAT,
      1 - BETA_2_FLOAT,
      EPSILON,
    ];
  },
  adadelta: (rate) => [rate, ADADELTA_RHO, 1 - ADADELTA_RHO, EPSILON],
  adamax: (rate, step) => [rate / (1 - BETA_1_FLOAT ** step), 1 - BETA_1, BETA_2, EPSILON],
  rmsprop: (rate) => [rate, RMSPROP_RHO, 1 - RMSPROP_RHO, EPSILON],
  sgd: (rate) => [rate],
  ftrl: (rate) => [rate],
};

/** u_t of nadam's momentum schedule (T. Dozat, 2016). */
function nadamMomentum(beta: number, decay: number, step: number): number {
  return beta * (1 - 0.5 * decay ** step);
}

/**
 * ∏ u_i for i = 1 … step. It is a float32 in Keras and 0 from about step 830 on; here it is summed up in double until
 * it no longer matters.
 */
function nadamProduct(step: number): number {
  let product = 1;
  for (let i = 1; i <= step && product > 1e-20; i++) product *= nadamMomentum(BETA_1, NADAM_DECAY, i);
  return product;
}
