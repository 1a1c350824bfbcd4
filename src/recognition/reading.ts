/** Predictions as answers: the digits, or that the answer is not sure. */
import type { Cell } from '../images/digit-layout.ts';
import type { Box } from '../images/ink-picture.ts';
import { choosePath, likelihood } from './digit-path.ts';
import type { Prediction } from './recognition-service.ts';

/** Answer to one input. */
export interface Reading {
  /** 0–9, the most probable; of several digits the first. */
  readonly digit: number;
  /** [K], its probabilities, summing to 1. */
  readonly probabilities: readonly number[];
  /** Is it reliable? */
  readonly sure: boolean;
  /** For people: "Digit 7", "Digits 4 2", "Digits 1 2 / 3 4" of two rows, "Not sure: 4 or 9?", "This looks like two digits". */
  readonly text: string;
  /** Only when the network, rather than the drawing, is to blame for being unsure: its accuracy. */
  readonly fault?: string;
  /** Only when there are several: row by row, from left to right. */
  readonly digits?: readonly DigitReading[];
}

export interface DigitReading extends Pick<Reading, 'digit' | 'probabilities' | 'sure'> {
  /** Where it is: pixels of the picture held upright, points of the strokes, numbers of the matrix. */
  readonly box: Box;
  /** From 0, from top to bottom. */
  readonly row: number;
}

/**
 * Least probability of being a digit for a drawing to be taken for one. A lower bound lets more letters in, a higher one
 * keeps more digits out: bench/handwriting.ts prints both.
 */
const LEAST_DIGIT = 0.3;
/** From this probability on it is taken for two digits. */
const LEAST_TWO = 0.5;
/** The most probable digit must be more probable than all others together. */
const LEAST_PROBABILITY = 0.5;
/** Ink that was cut from a neighbour must be a digit, and this one, with this probability. */
const LEAST_PARTED = 0.8;
/** The second digit is named too if it is at least this probable. */
const LEAST_SECOND = 0.05;

/**
 * @param all one prediction, or one for each cell
 * @param cells omitted when there is one digit
 * @param path those that are read
 */
export function toReading(
  all: readonly Prediction[],
  cells: readonly Cell[] = [],
  path: readonly number[] = choosePath(all, cells),
): Reading {
  const predictions = path.map((i) => all[i]);
  const [{ digit, probabilities, fault }] = predictions;
  const surely = path.map(
    (i) => isSure(all[i]) && (!cells[i]?.isParted || likelihood(all[i]) >= LEAST_PARTED),
  );
  const sure = surely.every(Boolean);
  const blamed = !sure && fault !== undefined ? { fault } : {};
  if (predictions.length === 1)
    return { digit, probabilities, sure, text: textOf(predictions[0], sure), ...blamed };
  const rows = [...new Set(path.map((i) => cells[i].row))];
  const digits = path.map((i, k) => ({
    digit: all[i].digit,
    probabilities: all[i].probabilities,
    sure: surely[k],
    box: cells[i].box,
    row: rows.indexOf(cells[i].row),
  }));
  const said = rowsOf(digits)
    .map((row) => row.map((each) => each.digit).join(' '))
    .join(ROW_END);
  return {
    digit,
    probabilities,
    sure,
    text: sure ? `Digits ${said}` : `Not sure: ${said}?`,
    ...blamed,
    digits,
  };
}

/** Between two rows in the text. */
export const ROW_END = ' / ';

/** The digits of each row. */
export function rowsOf(digits: readonly DigitReading[]): DigitReading[][] {
  return [...Map.groupBy(digits, ({ row }) => row).values()];
}

export function isSure({ digit, probabilities, kind }: Prediction): boolean {
  return kind.digit >= LEAST_DIGIT && kind.two < LEAST_TWO && probabilities[digit] >= LEAST_PROBABILITY;
}

function textOf(prediction: Prediction, sure: boolean): string {
  const { digit, probabilities, kind } = prediction;
  if (sure) return `Digit ${digit}`;
  if (kind.two >= LEAST_TWO) return 'This looks like two digits';
  const others = probabilities.map((probability, k) => (k === digit ? 0 : probability));
  const second = others.indexOf(Math.max(...others));
  return `Not sure: ${digit}${others[second] >= LEAST_SECOND ? ` or ${second}` : ''}?`;
}
