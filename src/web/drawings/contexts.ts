import type { DigitReading } from '../../recognition/reading.ts';
import type { PageContext } from '../page.ts';

/** views/recognition/_prediction.eta (around id `predictresult`): the answer to a drawing. */
export interface PredictionContext {
  /** "Digit 7", "Digits 4 2", that it is not sure, or the sentence why there is none. */
  readonly answer: string;
  readonly failed: boolean;
  /** Can one rely on it? Left out when it failed. */
  readonly sure?: boolean;
  /** "This network reads only 11 % of the validation images", when that is why it is not sure. */
  readonly fault?: string | null;
  /** Of several digits the first; null when it failed. */
  readonly digit: number | null;
  /** Ten, summing to 1; empty when it failed. */
  readonly probabilities: readonly number[];
  /** Each of several digits, from left to right; of one, and when it failed, none. */
  readonly digits: readonly DigitReading[];
  /** The 784 bytes that the network saw; of several digits those of the first; null when it failed. */
  readonly image: readonly number[] | null;
  /** The same of each digit, from left to right. */
  readonly images: readonly (readonly number[])[];
  /** "run 3, epoch 2", "your run 4, epoch 5", when a run that trains or the client's own has read it; null when the serving model has. */
  readonly reader: string | null;
  /** A sentence, when the matrix is probably not what was meant; else null. */
  readonly hint: string | null;
}

/** views/recognition/show.eta: the same as a page, when a picture is sent with scripts off. */
export interface PredictionPageContext extends PageContext {
  readonly prediction: PredictionContext;
}
