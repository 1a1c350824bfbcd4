/** Our own engine: LeNet-5 in WebAssembly SIMD, on all cores. */
import { type LayerName, layersOf, sizeOf } from '../../network/layers.ts';
import { DIGITS, IMAGE_SIZE, type LeNet5 } from '../../network/lenet5.ts';
import { OPTIMIZER } from '../../network/optimizers.ts';
import type { Engine, EngineOptions, EngineState, LabelledImages, Metrics } from '../engine.ts';
import type { Activations, Inspectable } from '../inspectable.ts';
import type { Address, Build } from './kernels.ts';
import { loadKernels, preferredBuild } from './kernels.ts';
import type { Layout } from './layout.ts';
import {
  GROUP,
  layOut,
  MOST_IMAGES,
  MOST_TASKS,
  parameterBytes,
  SLICE,
  STAGED_IMAGES,
  sliceCount,
} from './layout.ts';
import { SharedHeap } from './shared-heap.ts';
import type { Job } from './tasks.ts';
import { JOB } from './tasks.ts';
import { ThreadPool } from './thread-pool.ts';
import { COEFFICIENTS } from './update-coefficients.ts';
import { updateTasks } from './weight-update.ts';

export interface SimdOptions extends EngineOptions {
  /** The kernels to run; by default the fastest that this machine supports. */
  readonly build?: Build;
  /** Checks of shared memory before a thread sleeps; 0 sleeps at once. Default 20,000, some 50 µs. */
  readonly spin?: number;
}

const DEFAULT_BATCH_SIZE = 32;
const DEFAULT_SPIN = 20_000;
const MOST_THREADS = 64;

/** Defaults for unused fields of a job. */
const NOTHING: Job = { kind: JOB.slice, count: 0, images: 0, labels: 0, from: 0, size: 0, target: 0 };

export class SimdEngine implements Engine, Inspectable {
  readonly name = 'simd';
  readonly description: string;
  learningRate: number;
  readonly #options: SimdOptions;
  readonly #heap: SharedHeap;
  readonly #layout: Layout;
  readonly #pool: ThreadPool;
  readonly #network: LeNet5;
  readonly #updateTasks: number;
  readonly #batchSize: number;
  readonly #results: Float64Array;
  readonly #allocated = new WeakSet<LabelledImages>();
  #gradient: Float32Array | undefined;
  #step = 0;

  private constructor(
    options: SimdOptions,
    build: Build,
    heap: SharedHeap,
    layout: Layout,
    pool: ThreadPool,
  ) {
    const threads = layout.scratch.length;
    this.description = `simd, ${build}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    this.learningRate = options.optimizer ? OPTIMIZER[options.optimizer].learningRate : 0;
    this.#options = options;
    this.#heap = heap;
    this.#layout = layout;
    this.#pool = pool;
    this.#network = layout.network;
    this.#updateTasks = updateTasks(layout.network);
    this.#batchSize = options.batchSize ?? DEFAULT_BATCH_SIZE;
    this.#results = new Float64Array(heap.memory.buffer, layout.results, MOST_TASKS * 2);
    this.#fillSlots();
  }

  /** @throws RangeError for a batch size outside 1–128 or threads outside 1–64 */
  static async create(options: SimdOptions): Promise<SimdEngine> {
    const { optimizer, network = DIGITS, batchSize = DEFAULT_BATCH_SIZE, threads = 1 } = options;
    checkRange('batchSize', batchSize, 1, MOST_IMAGES);
    checkRange('threads', threads, 1, MOST_THREADS);
    const build = options.build ?? preferredBuild();
    const module = await loadKernels(build);
    const heap = new SharedHeap();
    const slots = optimizer ? OPTIMIZER[optimizer].slots.length : 0;
    const layout = layOut(heap, network, threads, slots, optimizer && batchSize);
    const pool = await ThreadPool.start({
      module,
      memory: heap.memory,
      layout,
      activation: options.activation,
      inputScale: options.inputScale,
      optimizer,
      spin: options.spin ?? DEFAULT_SPIN,
    });
    return new SimdEngine(options, build, heap, layout, pool);
  }

  allocateImages(count: number): LabelledImages {
    checkRange('count', count, 0, Number.MAX_SAFE_INTEGER);
    const images = this.#heap.allocate(count * IMAGE_SIZE);
    const labels = this.#heap.allocate(count);
    const allocated = {
      count,
      images: this.#heap.bytes(images, count * IMAGE_SIZE),
      labels: this.#heap.bytes(labels, count),
    };
    this.#allocated.add(allocated);
    return allocated;
  }

  trainStep(images: LabelledImages, indices: Uint32Array): Metrics {
    const metrics = this.#computeGradients(images, indices);
    this.#step += 1;
    const coefficients = COEFFICIENTS[this.#options.optimizer!](this.learningRate, this.#step);
    this.#heap.floats(this.#layout.coefficients, 16).set(coefficients);
    this.#pool.run({ ...NOTHING, kind: JOB.update, count: indices.length }, this.#updateTasks);
    return metrics;
  }

  /**
   * The gradient of a batch's mean loss, as `trainStep` would use it; changes nothing.
   *
   * @returns [P] in the order of `network.tensors`
   */
  gradient(images: LabelledImages, indices: Uint32Array): Float32Array {
    this.#computeGradients(images, indices);
    this.#gradient ??= this.#heap.floats(
      this.#heap.allocate(parameterBytes(this.#network)),
      this.#network.parameterCount,
    );
    const target = this.#gradient.byteOffset;
    this.#pool.run({ ...NOTHING, kind: JOB.sumGradients, count: indices.length, target }, this.#updateTasks);
    return this.#gradient.slice();
  }

  /** All gradients of the batch except those of the dense weights, which the update computes from the rows. */
  #computeGradients(images: LabelledImages, indices: Uint32Array): Metrics {
    if (!this.#layout.training)
      throw new Error('This engine was made without an optimizer, so it does not train.');
    this.#checkImages(images);
    checkRange('indices', indices.length, 1, this.#batchSize);
    for (const index of indices) {
      if (index >= images.count) throw new RangeError(`There is no image ${index} among ${images.count}.`);
      this.#checkLabel(images, index);
    }
    new Uint32Array(this.#heap.memory.buffer, this.#layout.indices, indices.length).set(indices);
    const slices = sliceCount(indices.length);
    this.#pool.run({ ...NOTHING, ...addressesOf(images), kind: JOB.slice, count: indices.length }, slices);
    return this.#metrics(slices, indices.length);
  }

  evaluate(images: LabelledImages, from = 0, to = images.count): Metrics {
    this.#checkImages(images);
    checkRange('to', to, 0, images.count);
    checkRange('from', from, 0, to);
    for (let i = from; i < to; i++) this.#checkLabel(images, i);
    const count = to - from;
    const size = Math.ceil(count / SLICE / MOST_TASKS) * SLICE;
    const tasks = Math.ceil(count / size);
    if (count === 0) return { loss: Number.NaN, accuracy: Number.NaN };
    this.#pool.run({ ...NOTHING, ...addressesOf(images), kind: JOB.evaluate, count, from, size }, tasks);
    return this.#metrics(tasks, count);
  }

  predict(images: Uint8Array): Float32Array {
    if (images.length % IMAGE_SIZE !== 0) {
      throw new RangeError(
        `predict: ${images.length} bytes are not a whole number of ${IMAGE_SIZE}-byte images.`,
      );
    }
    const count = images.length / IMAGE_SIZE;
    const { classes } = this.#network;
    const probabilities = new Float32Array(count * classes);
    for (let from = 0; from < count; from += STAGED_IMAGES) {
      const here = Math.min(STAGED_IMAGES, count - from);
      const staged = images.subarray(from * IMAGE_SIZE, (from + here) * IMAGE_SIZE);
      this.#heap.bytes(this.#layout.staged, staged.length).set(staged);
      this.#pool.run({ ...NOTHING, kind: JOB.predict, count: here }, Math.ceil(here / SLICE));
      probabilities.set(this.#heap.floats(this.#layout.probabilities, here * classes), from * classes);
    }
    return probabilities;
  }

  activations(image: Uint8Array): Activations {
    if (image.length !== IMAGE_SIZE)
      throw new RangeError(`activations: ${image.length} bytes are not one image of ${IMAGE_SIZE}.`);
    const probabilities = this.predict(image);
    const { groups, rows } = this.#layout.scratch[0];
    const [{ conv1, pool1, conv2, pool2 }] = groups;
    const lanes: Partial<Record<LayerName, Address>> = { conv1, pool1, conv2, pool2 };
    const row: Partial<Record<LayerName, Address>> = {
      ...{ conv3: rows.hidden1, dense1: rows.hidden2, logits: rows.logits },
    };
    // The image is the first lane of the first group, and the first row.
    const values = layersOf(this.#network).map(({ name, shape }): [LayerName, Float32Array] => {
      const size = sizeOf(shape);
      if (lanes[name] !== undefined) return [name, firstLane(this.#heap.floats(lanes[name], size * GROUP))];
      return [name, row[name] === undefined ? probabilities : this.#heap.floats(row[name], size).slice()];
    });
    return Object.fromEntries(values) as unknown as Activations;
  }

  getState(): EngineState {
    const slots = this.#slotNames.map((name, i) => [name, this.#slot(i).slice()] as const);
    return { weights: this.#weights.slice(), slots: Object.fromEntries(slots), step: this.#step };
  }

  setState(state: Pick<EngineState, 'weights'> & Partial<EngineState>): void {
    this.#checkLength('weights', state.weights);
    const { slots } = state;
    if (slots) for (const name of this.#slotNames) this.#checkLength(name, slots[name]);
    this.#weights.set(state.weights);
    this.#step = slots ? (state.step ?? 0) : 0;
    this.#fillSlots();
    if (slots)
      this.#slotNames.forEach((name, i) => {
        this.#slot(i).set(slots[name]);
      });
  }

  async dispose(): Promise<void> {
    await this.#pool.stop();
  }

  get #weights(): Float32Array {
    return this.#heap.floats(this.#layout.parameters, this.#network.parameterCount);
  }

  get #slotNames(): readonly string[] {
    return this.#options.optimizer ? OPTIMIZER[this.#options.optimizer].slots : [];
  }

  #slot(index: number): Float32Array {
    return this.#heap.floats(this.#layout.training!.slots[index], this.#network.parameterCount);
  }

  #fillSlots(): void {
    this.#slotNames.forEach((name, i) => {
      this.#slot(i).fill(OPTIMIZER[this.#options.optimizer!].initialSlots?.[name] ?? 0);
    });
  }

  #metrics(tasks: number, count: number): Metrics {
    let loss = 0;
    let hits = 0;
    for (let task = 0; task < tasks; task++) {
      loss += this.#results[2 * task];
      hits += this.#results[2 * task + 1];
    }
    return { loss: loss / count, accuracy: hits / count };
  }

  #checkLabel({ labels }: LabelledImages, index: number): void {
    if (labels[index] < this.#network.classes) return;
    throw new RangeError(`Image ${index} has no label of 0–${this.#network.classes - 1}.`);
  }

  #checkLength(what: string, values: Float32Array | undefined): void {
    const { parameterCount } = this.#network;
    if (values?.length === parameterCount) return;
    throw new RangeError(`${what} has ${values?.length ?? 'no'} values; it must have ${parameterCount}.`);
  }

  #checkImages(images: LabelledImages): void {
    if (!this.#allocated.has(images))
      throw new TypeError('These images are not from allocateImages of this engine.');
  }
}

function firstLane(lanes: Float32Array): Float32Array {
  const values = new Float32Array(lanes.length / GROUP);
  for (let i = 0; i < values.length; i++) values[i] = lanes[i * GROUP];
  return values;
}

function addressesOf({ images, labels }: LabelledImages) {
  return { images: images.byteOffset, labels: labels.byteOffset };
}

function checkRange(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${what} is ${value}; it must be an integer from ${least} to ${most}.`);
}
