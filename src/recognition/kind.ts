import path from 'node:path';
import type { CreateEngine, Engine } from '../engines/engine.ts';
import { readModelFile } from '../formats/model-file.ts';
import { badModelFile } from '../formats/trained-weights.ts';
import { DIGITS } from '../network/lenet5.ts';
import type { Model } from './model.ts';
/** Kinds of drawings, in the order of the first outputs of the model that distinguishes them; the others stay 0. */
export const KINDS = ['digit', 'other', 'two'] as const;

export type Kind = (typeof KINDS)[number];

/** Probabilities that it is a digit, something else, or two digits side by side; 0–1. */
export type KindShares = Readonly<Record<Kind, number>>;

/** How it was made: scripts/train-kinds.ts. */
const WEIGHTS = path.join(import.meta.dirname, '../../weights/kinds.safetensors');

/**
 * Distinguishes digits from anything else: a second LeNet-5 that has also seen signs, scribbles and pairs. A network
 * trained only on digits takes any letter for one, and is sure of it. It does not know which digit it is, so it works
 * with every model.
 */
export class KindReader {
  readonly #engine: Engine;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * @param trained by default the built-in weights
   * @throws CodedError 422 when they are missing or damaged
   */
  static async open(
    createEngine: CreateEngine,
    trained?: Pick<Model, 'weights' | 'activation' | 'inputScale'>,
  ): Promise<KindReader> {
    const { weights, activation, inputScale } = trained ?? (await readModelFile(WEIGHTS));
    if (activation === null || inputScale === null)
      throw badModelFile('kinds.safetensors is not the model that belongs to this version.');
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
