/** The eight optimizers for one parameter in float64, written from Keras's sources: what the kernels are compared with. */
import type { OptimizerName } from '../../src/network/optimizers.ts';

/** A parameter, what the optimizer keeps of it, and its gradient. */
export interface Parameter {
  readonly w: number;
  readonly slots: readonly number[];
  readonly g: number;
}

export type Updated = Pick<Parameter, 'w' | 'slots'>;

const E = 1e-7;
const B1 = Math.fround(0.9);
const B2 = Math.fround(0.999);

/** @param t the step, from 1 */
export type NaiveUpdate = (parameter: Parameter, rate: number, t: number) => Updated;

export const NAIVE_UPDATES: Readonly<Record<OptimizerName, NaiveUpdate>> = {
  adam: ({ w, slots: [m0, v0], g }, rate, t) => {
    const m = 0.9 * m0 + 0.1 * g;
    const v = 0.999 * v0 + 0.001 * g * g;
    const corrected = (rate * Math.sqrt(1 - B2 ** t)) / (1 - B1 ** t);
    return { w: w - (corrected * m) / (Math.sqrt(v) + E), slots: [m, v] };
  },
  nadam: ({ w, slots: [m0, v0], g }, rate, t) => {
    const u = (step: number) => B1 * (1 - 0.5 * Math.fround(0.96) ** step);
    let product = 1;
    for (let i = 1; i <= t; i++) product *= 0.9 * (1 - 0.5 * 0.96 ** i);
    const m = B1 * m0 + (1 - B1) * g;
    const v = B2 * v0 + (1 - B2) * g * g;
    const mHat = (u(t + 1) * m) / (1 - product * u(t + 1)) + ((1 - u(t)) * g) / (1 - product);
    return { w: w - (rate * mHat) / (Math.sqrt(v / (1 - B2 ** t)) + E), slots: [m, v] };
  },
  adamax: ({ w, slots: [m0, u0], g }, rate, t) => {
    const m = 0.9 * m0 + 0.1 * g;
    const u = Math.max(0.999 * u0, Math.abs(g));
    return { w: w - (rate * m) / ((1 - B1 ** t) * (u + E)), slots: [m, u] };
  },
  rmsprop: ({ w, slots: [v0], g }, rate) => {
    const v = 0.9 * v0 + 0.1 * g * g;
    return { w: w - (rate * g) / Math.sqrt(v + E), slots: [v] };
  },
  adagrad: ({ w, slots: [a0], g }, rate) => {
    const a = a0 + g * g;
    return { w: w - (rate * g) / Math.sqrt(a + E), slots: [a] };
  },
  adadelta: ({ w, slots: [a0, x0], g }, rate) => {
    const a = 0.95 * a0 + 0.05 * g * g;
    const delta = (-Math.sqrt(x0 + E) * g) / Math.sqrt(a + E);
    return { w: w + rate * delta, slots: [a, 0.95 * x0 + 0.05 * delta * delta] };
  },
  sgd: ({ w, g }, rate) => ({ w: w - rate * g, slots: [] }),
  ftrl: ({ w, slots: [a0, l0], g }, rate) => {
    const a = a0 + g * g;
    const l = l0 + g - ((Math.sqrt(a) - Math.sqrt(a0)) / rate) * w;
    return { w: (-l * rate) / Math.sqrt(a), slots: [a, l] };
  },
};
