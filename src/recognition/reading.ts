/** Predictions as answers: the digits, or that the answer is not sure. */
import type { Prediction } from './recognition-service.ts';

/** Answer to one input. */
export interface Reading {
  /** 0–9, the most probable; of several digits the first. */
  readonly digit: number;
  /** [K], its probabilities, summing to 1. */
  readonly probabilities: readonly number[];
  /** Is it reliable? */
  readonly sure: boolean;
  /** For people: "Digit 7", "Digits 4 2", "Not sure: 4 or 9?", "This looks like two digits". */
  readonly text: string;
  /** Only when the network, rather than the drawing, is to blame for being unsure: its accuracy. */
  readonly fault?: string;
  /** Only when several were drawn apart: from left to right. */
  readonly digits?: readonly DigitReading[];
}

export type DigitReading = Pick<Reading, 'digit' | 'probabilities' | 'sure'>;

/**
 * Least probability of being a digit for a drawing to be taken for one. A lower bound lets more letters in, a higher one
 * keeps more digits out: bench/handwriting.ts prints both.
 */
const LEAST_DIGIT = 0.3;
/** From this probability on it is taken for two digits. */
const LEAST_TWO = 0.5;
/** The most probable digit must be more probable than all others together. */
const LEAST_PROBABILITY = 0.5;
/** The second digit is named too if it is at least this probable. */
const LEAST_SECOND = 0.05;

/** @param predictions one for each digit of the input, from left to right; at least one */
export function toReading(predictions: readonly Prediction[]): Reading {
  const [{ digit, probabilities, fault }] = predictions;
  const sure = predictions.every(isSure);
  const blamed = !sure && fault !== undefined ? { fault } : {};
  if (predictions.length === 1)
    return { digit, probabilities, sure, text: textOf(predictions[0]), ...blamed };
  const digits = predictions.map((prediction) => ({
    digit: prediction.digit,
    probabilities: prediction.probabilities,
    sure: isSure(prediction),
  }));
  const row = digits.map((each) => each.digit).join(' ');
  return {
    digit,
    probabilities,
    sure,
    text: sure ? `Digits ${row}` : `Not sure: ${row}?`,
    ...blamed,
    digits,
  };
}

export function isSure({ digit, probabilities, kind }: Prediction): boolean {
  return kind.digit >= LEAST_DIGIT && kind.two < LEAST_TWO && probabilities[digit] >= LEAST_PROBABILITY;
}

function textOf(prediction: Prediction): string {
  const { digit, probabilities, kind } = prediction;
  if (isSure(prediction)) return `Digit ${digit}`;
  if (kind.two >= LEAST_TWO) return 'This looks like two digits';
  const others = probabilities.map((probability, k) => (k === digit ? 0 : probability));
  const second = others.indexOf(Math.max(...others));
  return `Not sure: ${digit}${others[second] >= LEAST_SECOND ? ` or ${second}` : ''}?`;
}
