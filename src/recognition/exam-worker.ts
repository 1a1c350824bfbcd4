/** Entry of the thread in which models answer whole sets of images. */
import { parentPort } from 'node:worker_threads';
import { readMnist } from '../datasets/mnist.ts';
import { readPenDigits } from '../datasets/pen-digits.ts';
import { createEngine } from '../engines/create-engine.ts';
import type { Engine } from '../engines/engine.ts';
import { drawingToImage } from '../images/drawing.ts';
import type { Activation } from '../network/activations.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { testAnswers } from '../training/test-answers.ts';
import { join } from './inputs.ts';

/** Messages to the thread … */
export interface ExamMessage {
  readonly id: number;
  readonly model: {
    readonly activation: Activation;
    readonly inputScale: number;
    readonly weights: Float32Array;
  };
  /** [N, 28, 28] bytes; null for the two sets that everybody has. */
  readonly images: Uint8Array | null;
}

/** Asks for some of the images of the two sets, by their indices. */
export interface PicturesMessage {
  readonly id: number;
  readonly pictures: readonly (readonly number[])[];
}

/** … and from it: [N] the answers to the images, or to MNIST's test set and to the pen drawings; or the images of each. */
export type ExamAnswer = { readonly id: number } & (
  | { readonly answers: readonly Uint8Array[]; readonly error?: never }
  | { readonly error: unknown; readonly answers?: never }
);

/** Read when first needed. */
let sets: readonly Uint8Array[] | null = null;

parentPort!.on('message', async (message: ExamMessage | PicturesMessage) => {
  const { id } = message;
  try {
    sets ??= [readMnist('test').images, join(readPenDigits().map(({ strokes }) => drawingToImage(strokes)))];
    if ('pictures' in message) {
      const [test, pens] = sets;
      const [ofTest, ofPens] = message.pictures;
      send({ id, answers: [picturesOf(test, ofTest), picturesOf(pens, ofPens)] });
      return;
    }
    const { model, images } = message;
    const { activation, inputScale, weights } = model;
    const engine = await createEngine('simd', { activation, inputScale, threads: 1 });
    engine.setState({ weights });
    const answers = (images === null ? sets : [images]).map((each) => answersOf(engine, each));
    await engine.dispose();
    send({ id, answers });
  } catch (error) {
    send({ id, error });
  }
});

function answersOf(engine: Engine, images: Uint8Array): Uint8Array {
  const count = images.length / IMAGE_SIZE;
  if (count === 0) return new Uint8Array();
  const labels = new Uint8Array(count);
  return testAnswers(engine, { images: { images, labels, count }, from: 0, to: count });
}

function picturesOf(images: Uint8Array, indices: readonly number[]): Uint8Array {
  return join(indices.map((i) => images.subarray(i * IMAGE_SIZE, (i + 1) * IMAGE_SIZE)));
}

function send(message: ExamAnswer): void {
  parentPort!.postMessage(message);
}
