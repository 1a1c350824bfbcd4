import { DIGITS, IMAGE_SIZE, type LeNet5 } from '../../network/lenet5.ts';
import { OPTIMIZER, type OptimizerName } from '../../network/optimizers.ts';
import type { Engine, EngineOptions, EngineState, LabelledImages, Metrics } from '../engine.ts';
import { COEFFICIENTS } from '../simd/update-coefficients.ts';
import { BLOCK_ORDER } from './blocks.ts';
import { LeNet5Passes } from './lenet5-passes.ts';
import { loadTensorFlow, type TensorFlowModule } from './load-tensorflow.ts';
import { createOps, type Ops, type Tensor } from './ops.ts';
import { UPDATE_RULES } from './update-rules.ts';

/** Images evaluated or predicted at once. */
const CHUNK = 128;
/** Most images of a training step. */
const MOST_IMAGES = 128;

/** Everything that training changes, as tensors of the library. */
interface TensorState {
  readonly weights: Tensor;
  readonly slots: readonly Tensor[];
  readonly step: number;
}

/** What the logits of some images say about their labels, summed. */
interface Score {
  readonly loss: number;
  readonly hits: number;
}

/**
 * LeNet-5 on tfjs-node, with all weights at 0 until `setState`.
 *
 * It computes on one thread whatever `threads` says: an operation of this network is done before a second thread has
 * joined.
 */
export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow';
  readonly description: string;
  learningRate: number;

  readonly #tf: TensorFlowModule;
  readonly #o: Ops;
  readonly #passes: LeNet5Passes;
  readonly #network: LeNet5;
  readonly #optimizer: OptimizerName | undefined;
  readonly #inputScale: number;
  readonly #batchSize: number;
  #state: TensorState;

  /** @throws EngineAbsentError when tfjs-node is not installed or does not load */
  constructor(options: EngineOptions, tf = loadTensorFlow()) {
    const { activation, inputScale, network = DIGITS, optimizer, batchSize = 32 } = options;
    checkRange('batchSize', batchSize, 1, MOST_IMAGES);
    this.#tf = tf;
    this.#o = createOps(tf);
    this.#network = network;
    this.#passes = new LeNet5Passes(this.#o, activation, network);
    this.#optimizer = optimizer;
    this.#inputScale = inputScale;
    this.#batchSize = batchSize;
    this.description = `tensorflow ${this.#o.version}, 1 thread`;
    this.learningRate = optimizer ? OPTIMIZER[optimizer].learningRate : 0;
    this.#state = this.#upload({ weights: new Float32Array(network.parameterCount) });
  }

  allocateImages(count: number): LabelledImages {
    return { count, images: new Uint8Array(count * IMAGE_SIZE), labels: new Uint8Array(count) };
  }

  trainStep(images: LabelledImages, indices: Uint32Array): Metrics {
    const optimizer = this.#optimizer;
    if (!optimizer) throw new Error('This engine was made without an optimizer, so it does not train.');
    checkRange('indices', indices.length, 1, this.#batchSize);
    const labels = this.#labelsAt(images, indices);
    const step = this.#state.step + 1;
    const { logits, weights, slots } = this.#tf.tidy(() => {
      const o = this.#o;
      const state = this.#state;
      const x = this.#blocks(images.images, indices);
      const { logits, gradient } = this.#passes.forwardBackward(
        state.weights,
        x,
        o.tensor(labels, [labels.length]),
      );
      const coefficients = COEFFICIENTS[optimizer](this.learningRate, step).map(o.scalar);
      return { logits, ...UPDATE_RULES[optimizer](o, state.weights, gradient, state.slots, coefficients) };
    });
    const score = scoreOf(logits.dataSync() as Float32Array, labels);
    logits.dispose();
    this.#replaceState({ weights, slots, step });
    return metricsOf(score, labels.length);
  }

  evaluate(images: LabelledImages, from = 0, to = images.count): Metrics {
    checkRange('to', to, 0, images.count);
    checkRange('from', from, 0, to);
    let [loss, hits] = [0, 0];
    for (let start = from; start < to; start += CHUNK) {
      const indices = range(start, Math.min(start + CHUNK, to));
      const labels = this.#labelsAt(images, indices);
      const score = scoreOf(this.#output(images.images, indices), labels);
      loss += score.loss;
      hits += score.hits;
    }
    return metricsOf({ loss, hits }, to - from);
  }

  predict(images: Uint8Array): Float32Array {
    const count = images.length / IMAGE_SIZE;
    checkRange('images', count, 0, Number.MAX_SAFE_INTEGER);
    const { classes } = this.#network;
    const probabilities = new Float32Array(count * classes);
    for (let start = 0; start < count; start += CHUNK) {
      const indices = range(start, Math.min(start + CHUNK, count));
      probabilities.set(this.#output(images, indices, this.#o.softmax), start * classes);
    }
    return probabilities;
  }

  getState(): EngineState {
    const copy = (tensor: Tensor) => tensor.dataSync().slice() as Float32Array;
    const { weights, slots, step } = this.#state;
    return {
      weights: copy(weights),
      slots: Object.fromEntries(this.#slotNames.map((name, i) => [name, copy(slots[i])])),
      step,
    };
  }

  setState(state: Pick<EngineState, 'weights'> & Partial<EngineState>): void {
    this.#replaceState(this.#upload(state));
  }

  async dispose(): Promise<void> {
    this.#tf.dispose([this.#state.weights, ...this.#state.slots]);
    this.#o.dispose();
  }

  get #slotNames(): readonly string[] {
    return this.#optimizer ? OPTIMIZER[this.#optimizer].slots : [];
  }

  #upload({ weights, slots, step = 0 }: Pick<EngineState, 'weights'> & Partial<EngineState>): TensorState {
    const { parameterCount } = this.#network;
    const slotValues = this.#slotNames.map((name) => (slots ? slots[name] : this.#initialSlot(name)));
    for (const values of [weights, ...slotValues]) {
      checkRange('length of weights and slots', values?.length, parameterCount, parameterCount);
    }
    const upload = (values: Float32Array) => this.#o.tensor(values.slice(), [parameterCount]);
    return { weights: upload(weights), slots: slotValues.map(upload), step: slots ? step : 0 };
  }

  #initialSlot(name: string): Float32Array {
    const { initialSlots } = OPTIMIZER[this.#optimizer!];
    return new Float32Array(this.#network.parameterCount).fill(initialSlots?.[name] ?? 0);
  }

  #replaceState(state: TensorState): void {
    this.#tf.dispose([this.#state.weights, ...this.#state.slots]);
    this.#state = state;
  }

  /** The labels of a batch, after checking that its images exist. */
  #labelsAt({ count, labels }: LabelledImages, indices: Uint32Array): Int32Array {
    return Int32Array.from(indices, (index) => {
      checkRange('index of an image', index, 0, count - 1);
      checkRange('label', labels[index], 0, this.#network.classes - 1);
      return labels[index];
    });
  }

  /** @returns logits, or `head` of them, [N, K] */
  #output(images: Uint8Array, indices: Uint32Array, head = (logits: Tensor) => logits): Float32Array {
    return this.#tf.tidy(() => {
      const logits = this.#passes.forward(this.#state.weights, this.#blocks(images, indices));
      return head(logits).dataSync() as Float32Array;
    });
  }

  /** @returns scaled pixels in blocks, [N, 14, 14, 4] */
  #blocks(images: Uint8Array, indices: Uint32Array): Tensor {
    const pixels = new Float32Array(indices.length * IMAGE_SIZE);
    for (let n = 0; n < indices.length; n++) {
      const image = indices[n] * IMAGE_SIZE;
      const start = n * IMAGE_SIZE;
      for (let i = 0; i < IMAGE_SIZE; i++) {
        pixels[start + i] = images[image + BLOCK_ORDER[i]] * this.#inputScale;
      }
    }
    return this.#o.tensor(pixels, [indices.length, 14, 14, 4]);
  }
}

/** @param logits [N, K] @param labels [N] */
function scoreOf(logits: Float32Array, labels: Int32Array): Score {
  let [loss, hits] = [0, 0];
  const classes = logits.length / labels.length;
  for (let n = 0; n < labels.length; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const largest = Math.max(...row);
    const sum = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    loss += largest + Math.log(sum) - row[labels[n]];
    if (row.indexOf(largest) === labels[n]) hits++;
  }
  return { loss, hits };
}

function metricsOf({ loss, hits }: Score, count: number): Metrics {
  return { loss: loss / count, accuracy: hits / count };
}

/** from, from + 1, … to − 1 */
function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

function checkRange(what: string, value: number | undefined, least: number, most: number): void {
  if (Number.isInteger(value) && value! >= least && value! <= most) return;
  throw new RangeError(`${what} is ${value}; it must be an integer from ${least} to ${most}.`);
}
