/** The four kinds of jobs of an engine's threads, cut into tasks that may run on any thread in any order. */
import type { Activation } from '../../network/activations.ts';
import type { OptimizerName } from '../../network/optimizers.ts';
import type { Address, Kernels, Update } from './kernels.ts';
import { instantiateKernels } from './kernels.ts';
import type {
  GroupScratch,
  Layout,
  RowSizes,
  ThreadScratch,
  TrainingLayout,
  TrainingRows,
} from './layout.ts';
import { CONV_PARAMETERS, CONV_STRIDE, FLOAT, GROUP, MOST_IMAGES, SLICE, sliceSize } from './layout.ts';
import type { Source } from './lenet5-passes.ts';
import { LeNet5Passes } from './lenet5-passes.ts';
import { WeightUpdate } from './weight-update.ts';

/** Everything a thread needs to take part; it can be sent to worker threads. */
export interface ThreadSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly layout: Layout;
  readonly activation: Activation;
  readonly inputScale: number;
  readonly optimizer: OptimizerName | undefined;
  /** Checks of the shared counters before a thread goes to sleep. */
  readonly spin: number;
}

/** The kinds of jobs. */
export const JOB = { slice: 0, update: 1, sumGradients: 2, evaluate: 3, predict: 4 } as const;

/** A job for all threads. */
export interface Job {
  readonly kind: (typeof JOB)[keyof typeof JOB];
  /** Number of images in the batch, or to evaluate or predict. */
  readonly count: number;
  readonly images: Address;
  readonly labels: Address;
  /** First image to evaluate. */
  readonly from: number;
  /** Images of a task, of an evaluation. */
  readonly size: number;
  /** Address for the summed gradients. */
  readonly target: Address;
}

export class TaskRunner {
  readonly #kernels: Kernels;
  readonly #layout: Layout;
  readonly #scratch: ThreadScratch;
  readonly #passes: LeNet5Passes;
  readonly #update: WeightUpdate;
  readonly #rule: Update;
  readonly #groupRows: readonly TrainingRows[];
  readonly #words: Int32Array;
  readonly #floats: Float32Array;
  readonly #doubles: Float64Array;

  constructor(setup: ThreadSetup, thread: number) {
    const { layout, memory } = setup;
    this.#kernels = instantiateKernels(setup.module, memory);
    this.#layout = layout;
    this.#scratch = layout.scratch[thread];
    this.#passes = new LeNet5Passes(this.#kernels, setup.activation, setup.inputScale, layout, this.#scratch);
    this.#update = new WeightUpdate(this.#kernels, layout, this.#scratch);
    this.#rule = setup.optimizer ? this.#kernels[`${setup.optimizer}_update`] : this.#kernels.sum_gradients;
    this.#groupRows = layout.training ? rowsOfGroups(layout.training, layout.rowSizes) : [];
    this.#words = new Int32Array(memory.buffer);
    this.#floats = new Float32Array(memory.buffer);
    this.#doubles = new Float64Array(memory.buffer);
  }

  run(job: Job, task: number): void {
    if (job.kind === JOB.slice) this.#slice(job, task);
    else if (job.kind === JOB.update) this.#update.run(task, this.#rule, this.#layout.parameters, job.count);
    else if (job.kind === JOB.sumGradients) {
      this.#update.run(task, this.#kernels.sum_gradients, job.target, job.count);
    } else if (job.kind === JOB.evaluate) this.#evaluate(job, task);
    else this.#predict(job, task);
  }

  /** A slice of a batch: its loss, its hits and all gradients except those of the dense weights. */
  #slice({ count: batch, images, labels }: Job, task: number): void {
    const { indices, training } = this.#layout;
    const from = task * sliceSize(batch);
    const source = { images, indices: indices + from * 4, count: Math.min(sliceSize(batch), batch - from) };
    const rows = this.#groupRows[from / GROUP];
    const tally = { loss: 0, hits: 0 };
    this.#passes.forward(rows, source);
    this.#score(labels, source, tally);
    this.#passes.backward(rows, source.count, 1 / batch);
    const { convGradients } = training!;
    this.#kernels.sum_lanes(convGradients + task * CONV_STRIDE, this.#scratch.dConvolutions, CONV_PARAMETERS);
    this.#report(task, tally);
  }

  #evaluate({ count, images, labels, from, size }: Job, task: number): void {
    const { rows, indices } = this.#scratch;
    const tally = { loss: 0, hits: 0 };
    const end = Math.min(count, (task + 1) * size);
    for (let at = task * size; at < end; at += SLICE) {
      this.#countFrom(from + at);
      const source = { images, indices, count: Math.min(SLICE, end - at) };
      this.#passes.forward(rows, source);
      this.#score(labels, source, tally);
    }
    this.#report(task, tally);
  }

  /** A slice of the staged images. */
  #predict({ count }: Job, task: number): void {
    const { groups, rows, indices } = this.#scratch;
    const { classes } = this.#layout.network;
    const from = task * SLICE;
    const here = Math.min(SLICE, count - from);
    this.#countFrom(from);
    this.#passes.forward(rows, { images: this.#layout.staged, indices, count: here });
    for (let i = 0; i < here; i++) {
      const { probabilities } = groups[i < GROUP ? 0 : 1];
      const p = probabilities / FLOAT + (i % GROUP);
      const out = this.#layout.probabilities / FLOAT + (from + i) * classes;
      for (let k = 0; k < classes; k++) this.#floats[out + k] = this.#floats[p + k * GROUP];
    }
  }

  /** Makes the thread's indices `first`, `first` + 1, … */
  #countFrom(first: number): void {
    const at = this.#scratch.indices / 4;
    for (let i = 0; i < SLICE; i++) this.#words[at + i] = first + i;
  }

  /** Adds the loss and hits of the images just computed, and leaves their labels for backward. */
  #score(labels: Address, { indices, count }: Source, tally: Tally): void {
    const { groups } = this.#scratch;
    for (let from = 0; from < count; from += GROUP) {
      const group = groups[from / GROUP];
      const here = Math.min(GROUP, count - from);
      this.#kernels.load_labels(group.labels, labels, indices + from * 4, here);
      for (let lane = 0; lane < here; lane++) this.#scoreImage(group, lane, tally);
    }
  }

  #scoreImage({ labels, logits, shift, sum }: GroupScratch, lane: number, tally: Tally): void {
    const floats = this.#floats;
    const z = logits / FLOAT + lane;
    const label = this.#words[labels / 4 + lane];
    const target = floats[z + label * GROUP];
    const largest = floats[shift / FLOAT + lane];
    tally.loss += Math.log(floats[sum / FLOAT + lane]) - (target - largest);
    // The first of equal logits counts, as in argmax everywhere.
    let first = 0;
    while (first < label && floats[z + first * GROUP] !== largest) first += 1;
    if (first === label && target === largest) tally.hits += 1;
  }

  #report(task: number, { loss, hits }: Tally): void {
    const at = this.#layout.results / 8 + 2 * task;
    this.#doubles[at] = loss;
    this.#doubles[at + 1] = hits;
  }
}

interface Tally {
  loss: number;
  hits: number;
}

/** The rows of each group of a batch. */
function rowsOfGroups({ rows }: TrainingLayout, sizes: RowSizes): TrainingRows[] {
  return Array.from({ length: MOST_IMAGES / GROUP }, (_, group) => {
    const at = (name: keyof TrainingRows) => rows[name] + group * GROUP * sizes[name] * FLOAT;
    return {
      pooled: at('pooled'),
      hidden1: at('hidden1'),
      hidden2: at('hidden2'),
      logits: at('logits'),
      dHidden1: at('dHidden1'),
      dHidden2: at('dHidden2'),
      dLogits: at('dLogits'),
    };
  });
}
