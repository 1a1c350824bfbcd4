/** Not part of the engine: the bare multiply-add loop that the benchmark uses as the machine's peak. */
import { mad } from './mad';

/** Multiplies and adds of one turn: ten vectors of four. */
export const MADS_PER_TURN: i32 = 40;

/**
 * `turns` times ten independent multiply-adds in registers; returns a value that keeps them from being optimised away.
 * With factor + term = 1 the sums neither grow nor become denormal.
 */
export function peak(turns: i32, factor: f32, term: f32): f32 {
  const x = f32x4.splat(factor), y = f32x4.splat(term);
  let a = y, b = x, c = y, d = x, e = y, f = x, g = y, h = x, i = y, j = x;
  do {
    a = mad(y, a, x); b = mad(y, b, x); c = mad(y, c, x); d = mad(y, d, x); e = mad(y, e, x);
    f = mad(y, f, x); g = mad(y, g, x); h = mad(y, h, x); i = mad(y, i, x); j = mad(y, j, x);
  } while (--turns > 0);
  const sum = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, f32x4.add(h, f32x4.add(i, j)))));
  return f32x4.extract_lane(sum, 0);
}
