/** What the threads of an engine do: the four kinds of jobs, cut into tasks that may run anywhere in any order. */
import type { Activation } from '../../network/activations.ts';
import type { OptimizerName } from '../../network/optimizers.ts';
import type { Address, Kernels, Update } from './kernels.ts';
import { instantiateKernels } from './kernels.ts';
import type { Layout, ThreadScratch } from './layout.ts';
import { CONV_PARAMETERS, CONV_STRIDE, FLOAT, GROUP, ROW, slicesOf, VECTOR } from './layout.ts';
import { LeNet5Passes } from './lenet5-passes.ts';
import { WeightUpdate } from './weight-update.ts';

/** All that a thread needs to take part; it crosses to worker threads as it is. */
export interface ThreadSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly layout: Layout;
  readonly activation: Activation;
  readonly inputScale: number;
  readonly optimizer: OptimizerName | undefined;
  /** Looks at the shared counters before a thread goes to sleep. */
  readonly spin: number;
}

/** The kinds of jobs. */
export const JOB = { slice: 0, update: 1, sumGradients: 2, evaluate: 3, predict: 4 } as const;

/** A job for all threads. */
export interface Job {
  readonly kind: (typeof JOB)[keyof typeof JOB];
  /** Images of the batch, or that are evaluated or predicted. */
  readonly count: number;
  readonly images: Address;
  readonly labels: Address;
  /** First image to evaluate. */
  readonly from: number;
  /** Images of a task, of an evaluation. */
  readonly size: number;
  /** Where gradients are summed to. */
  readonly target: Address;
}

export class TaskRunner {
  readonly #kernels: Kernels;
  readonly #layout: Layout;
  readonly #scratch: ThreadScratch;
  readonly #passes: LeNet5Passes;
  readonly #update: WeightUpdate;
  readonly #rule: Update;
  readonly #bytes: Uint8Array;
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
    this.#bytes = new Uint8Array(memory.buffer);
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

  /** A slice of a batch: its loss, its hits and all gradients but those of the dense weights. */
  #slice({ count: images, images: source, labels }: Job, task: number): void {
    const { indices, training } = this.#layout;
    const { from, count } = slicesOf(images)[task];
    const { groups, dConvolutions } = this.#scratch;
    const used = count > GROUP ? groups : groups.slice(0, 1);
    this.#bytes.fill(0, dConvolutions, dConvolutions + CONV_PARAMETERS * VECTOR);
    const tally = { loss: 0, hits: 0 };
    used.forEach((group, i) => {
      const first = from + i * GROUP;
      const rows = rowsFrom(training!.rows, first);
      const part = {
        images: source,
        indices: indices + first * 4,
        count: Math.min(GROUP, from + count - first),
      };
      this.#passes.forward(group, rows, part);
      this.#score(labels, part.indices, part.count, tally);
      this.#passes.backwardDense(group, rows, 1 / images);
    });
    this.#passes.backwardConvolutions(used);
    this.#kernels.sum_lanes(training!.convGradients + task * CONV_STRIDE, dConvolutions, CONV_PARAMETERS);
    this.#report(task, tally);
  }

  #evaluate({ count, images, labels, from, size }: Job, task: number): void {
    const { groups, rows, indices } = this.#scratch;
    const tally = { loss: 0, hits: 0 };
    const end = Math.min(count, (task + 1) * size);
    for (let at = task * size; at < end; at += GROUP) {
      for (let lane = 0; lane < GROUP; lane++) this.#words[indices / 4 + lane] = from + at + lane;
      const part = { images, indices, count: Math.min(GROUP, end - at) };
      this.#passes.forward(groups[0], rows, part);
      this.#score(labels, indices, part.count, tally);
    }
    this.#report(task, tally);
  }

  /** One group of the staged images. */
  #predict({ count }: Job, task: number): void {
    const { groups, rows, indices, probabilities } = this.#scratch;
    const from = task * GROUP;
    const here = Math.min(GROUP, count - from);
    for (let lane = 0; lane < GROUP; lane++) this.#words[indices / 4 + lane] = from + lane;
    this.#passes.forward(groups[0], rows, { images: this.#layout.staged, indices, count: here });
    for (let lane = 0; lane < here; lane++) {
      const out = this.#layout.probabilities / FLOAT + (from + lane) * 10;
      for (let k = 0; k < 10; k++)
        this.#floats[out + k] = this.#floats[probabilities / FLOAT + k * GROUP + lane];
    }
  }

  /** Adds the loss and hits of the group just computed, and leaves its labels for backward. */
  #score(labels: Address, indices: Address, count: number, tally: Tally): void {
    const scratch = this.#scratch;
    this.#kernels.load_labels(scratch.labels, labels, indices, count);
    for (let lane = 0; lane < count; lane++) {
      const label = this.#words[scratch.labels / 4 + lane];
      const target = this.#logit(label, lane);
      const largest = this.#floats[scratch.shift / FLOAT + lane];
      tally.loss += Math.log(this.#floats[scratch.sum / FLOAT + lane]) - (target - largest);
      if (target === largest && this.#isFirst(label, lane, largest)) tally.hits += 1;
    }
  }

  /** Of equal logits the first counts, as in argmax everywhere. */
  #isFirst(label: number, lane: number, largest: number): boolean {
    for (let k = 0; k < label; k++) if (this.#logit(k, lane) === largest) return false;
    return true;
  }

  #logit(k: number, lane: number): number {
    return this.#floats[this.#scratch.logits / FLOAT + k * GROUP + lane];
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

/** The same rows from image `first` on. */
function rowsFrom<R extends Record<string, Address>>(rows: R, first: number): R {
  return Object.fromEntries(
    Object.entries(rows).map(([name, address]) => [
      name,
      address + first * ROW[name as keyof typeof ROW] * FLOAT,
    ]),
  ) as R;
}
