import path from 'node:path';
import type { CreateEngine, Engine } from '../engines/engine.ts';
import { readModelFile } from '../formats/model-file.ts';
import { badModelFile } from '../formats/trained-weights.ts';
import { DIGITS } from '../network/lenet5.ts';
import type { Model } from './model.ts';
/** What a drawing can be, in the order of the first outputs of the model that tells them apart; the others stay 0. */
export const KINDS = ['digit', 'other', 'two'] as const;

export type Kind = (typeof KINDS)[number];

/** How likely it is a digit, none, or two of them side by side; 0–1. */
export type KindShares = Readonly<Record<Kind, number>>;

/** How it was made: scripts/train-kinds.ts. */
const WEIGHTS = path.join(import.meta.dirname, '../../weights/kinds.safetensors');

/**
 * Tells digits from what is none: a second LeNet-5 that has seen signs, scribbles and pairs as well. One that has only
 * ever seen digits calls any letter one, and is sure of it. Which digit it is it does not know, so it goes with every
 * model.
 */
export class KindReader {
  readonly #engine: Engine;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * @param trained by default the weights that come with the workbench
   * @throws CodedError 422 when they are not there or damaged
   */
  static async open(
    createEngine: CreateEngine,
    trained?: Pick<Model, 'weights' | 'activation' | 'inputScale'>,
  ): Promise<KindReader> {
    const { weights, activation, inputScale } = trained ?? (await readModelFile(WEIGHTS));
    if (activation === null || inputScale === null) throw badModelFile('kinds.safetensors is another model.');
    const engine = await createEngine('simd', { activation, inputScale, threads: 1 });
    engine.setState({ weights });
    return new KindReader(engine);
  }

  /** @param images [N, 28, 28] bytes */
  read(images: Uint8Array): KindShares[] {
    const shares = this.#engine.predict(images);
    return Array.from({ length: shares.length / DIGITS.classes }, (_, i) => {
      const [digit, other, two] = shares.subarray(i * DIGITS.classes, i * DIGITS.classes + KINDS.length);
      return { digit, other, two };
    });
  }

  dispose(): Promise<void> {
    return this.#engine.dispose();
  }
}
