import type { OptimizerName } from '../../network/optimizers.ts';
import type { Ops, Tensor } from './ops.ts';

/** The result of an update: new weights [P] and slots [P] each, in the order of the optimizer's slots. */
export type Updated = { weights: Tensor; slots: Tensor[] };

/**
 * One optimizer step over all parameters at once.
 *
 * @param weights [P]
 * @param gradient [P]
 * @param slots [P] each
 * @param coefficients scalars, as listed by `COEFFICIENTS` for a step
 */
export type UpdateRule = (
  o: Ops,
  weights: Tensor,
  gradient: Tensor,
  slots: readonly Tensor[],
  coefficients: readonly Tensor[],
) => Updated;

/** The formulas of `network/optimizers.ts`: tfjs's own optimizers have other ε, other defaults, and no Nadam or FTRL. */
export const UPDATE_RULES: Readonly<Record<OptimizerName, UpdateRule>> = {
  sgd: (o, w, g, _slots, [rate]) => ({ weights: o.sub(w, o.mul(rate, g)), slots: [] }),

  adam(o, w, g, [m0, v0], [rate, share1, share2, epsilon]) {
    const m = approach(o, m0, g, share1);
    const v = approach(o, v0, o.square(g), share2);
    const step = o.div(o.mul(rate, m), o.add(o.sqrt(v), epsilon));
    return { weights: o.sub(w, step), slots: [m, v] };
  },

  nadam(o, w, g, [m0, v0], [rateM, rateG, correction, share1, share2, epsilon]) {
    const m = approach(o, m0, g, share1);
    const v = approach(o, v0, o.square(g), share2);
    const direction = o.add(o.mul(rateM, m), o.mul(rateG, g));
    const step = o.div(direction, o.add(o.sqrt(o.mul(v, correction)), epsilon));
    return { weights: o.sub(w, step), slots: [m, v] };
  },

  adamax(o, w, g, [m0, u0], [rate, share1, beta2, epsilon]) {
    const m = approach(o, m0, g, share1);
    const u = o.maximum(o.mul(beta2, u0), o.abs(g));
    const step = o.div(o.mul(rate, m), o.add(u, epsilon));
    return { weights: o.sub(w, step), slots: [m, u] };
  },

  adagrad(o, w, g, [a0], [rate, epsilon]) {
    const a = o.add(a0, o.square(g));
    const step = o.div(o.mul(rate, g), o.sqrt(o.add(a, epsilon)));
    return { weights: o.sub(w, step), slots: [a] };
  },

  adadelta(o, w, g, [a0, x0], [rate, rho, share, epsilon]) {
    const a = decay(o, a0, o.square(g), rho, share);
    const step = o.div(o.mul(o.sqrt(o.add(x0, epsilon)), g), o.sqrt(o.add(a, epsilon)));
    const x = decay(o, x0, o.square(step), rho, share);
    return { weights: o.sub(w, o.mul(rate, step)), slots: [a, x] };
  },

  rmsprop(o, w, g, [v0], [rate, rho, share, epsilon]) {
    const v = decay(o, v0, o.square(g), rho, share);
    const step = o.div(o.mul(rate, g), o.sqrt(o.add(v, epsilon)));
    return { weights: o.sub(w, step), slots: [v] };
  },

  ftrl(o, w, g, [a0, l0], [rate]) {
    const a = o.add(a0, o.square(g));
    const root = o.sqrt(a);
    const sigma = o.div(o.sub(root, o.sqrt(a0)), rate);
    const l = o.add(l0, o.sub(g, o.mul(sigma, w)));
    return { weights: o.div(o.mul(o.negate(l), rate), root), slots: [a, l] };
  },
};

/** slot + (target − slot) · share */
function approach(o: Ops, slot: Tensor, target: Tensor, share: Tensor): Tensor {
  return o.add(slot, o.mul(o.sub(target, slot), share));
}

/** ρ · slot + (1 − ρ) · target */
function decay(o: Ops, slot: Tensor, target: Tensor, rho: Tensor, share: Tensor): Tensor {
  return o.add(o.mul(rho, slot), o.mul(share, target));
}
