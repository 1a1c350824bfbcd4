/** Of the cells where digits may be, those that are read: they cover every place once. */
import type { Cell } from '../images/digit-layout.ts';
import type { Prediction } from './recognition-service.ts';

/** What leaving out ink at the picture's edge costs: what is less likely to be a digit than this is left out. */
const CUT = 0.5;
/** All of it is one digit, of parts apart, only if that is at least this likely. */
const WHOLE = 0.5;
/** What each side of a cut through ink costs. */
const PARTED = 0.3;
/** No prediction is so unlikely that a path cannot be compared with others. */
const LEAST = 1e-6;

/** The probability that a cell is a digit, and this one. */
export function likelihood({ digit, probabilities, kind }: Prediction): number {
  return kind.digit * probabilities[digit];
}

/**
 * The most likely path from the first place to the last: the product over its cells of the probability that each is one
 * digit, and this digit.
 *
 * @param predictions one for each cell, or one when there are none
 * @returns indices, row by row, from left to right
 */
export function choosePath(predictions: readonly Prediction[], cells: readonly Cell[] = []): number[] {
  if (cells.length === 0) return [0];
  const places = cells.reduce((most, { to }) => Math.max(most, to), 0);
  const ending: number[][] = Array.from({ length: places + 1 }, () => []);
  for (const [i, { to }] of cells.entries()) ending[to].push(i);
  const score = new Float64Array(places + 1).fill(-Infinity);
  score[0] = 0;
  const last: { readonly from: number; readonly cell: number | null }[] = [{ from: 0, cell: null }];
  for (let to = 1; to <= places; to++) {
    for (const cell of ending[to]) {
      const { from, isCut, isParted, isWhole } = cells[cell];
      if (isWhole && likelihood(predictions[cell]) < WHOLE) continue;
      const likely = Math.log(Math.max(LEAST, likelihood(predictions[cell])) * (isParted ? PARTED : 1));
      const isLeftOut = isCut && likely < Math.log(CUT);
      const total = score[from] + (isLeftOut ? Math.log(CUT) : likely);
      if (total <= score[to]) continue;
      score[to] = total;
      last[to] = { from, cell: isLeftOut ? null : cell };
    }
  }
  const path: number[] = [];
  for (let to = places; to > 0; to = last[to].from) {
    const { cell } = last[to];
    if (cell !== null) path.push(cell);
  }
  return path.reverse();
}
