/** Memory for trying a kernel: arrays with guard values before, between and behind them. */
import type { Address, Build, Kernels } from '../../../src/engines/simd/kernels.ts';
import { instantiateKernels, loadKernels } from '../../../src/engines/simd/kernels.ts';
import { SharedHeap } from '../../../src/engines/simd/shared-heap.ts';
import { Random } from '../../../src/network/random.ts';

const GUARD = 1e30;
const GUARD_FLOATS = 64;

export class Arena {
  readonly kernels: Kernels;
  readonly #heap: SharedHeap;
  readonly #guards: Float32Array[] = [];
  readonly #random = new Random(5);

  private constructor(heap: SharedHeap, kernels: Kernels) {
    this.#heap = heap;
    this.kernels = kernels;
    this.#allocate(0);
  }

  static async open(build: Build): Promise<Arena> {
    const heap = new SharedHeap();
    return new Arena(heap, instantiateKernels(await loadKernels(build), heap.memory));
  }

  /** An array of these values, or of as many zeros. */
  floats(values: number | ArrayLike<number>): Float32Array {
    const length = typeof values === 'number' ? values : values.length;
    const array = this.#heap.floats(this.#allocate(length * 4), length);
    if (typeof values !== 'number') array.set(values);
    return array;
  }

  /** An array of random values between −1 and 1. */
  random(length: number): Float32Array {
    return this.floats(Float32Array.from({ length }, () => this.#random.uniform(-1, 1)));
  }

  /** As many bytes, a multiple of four. */
  bytes(values: ArrayLike<number>): Uint8Array {
    const array = this.#heap.bytes(this.#allocate(values.length), values.length);
    array.set(values);
    return array;
  }

  integers(values: ArrayLike<number>): Int32Array {
    const array = new Int32Array(this.#heap.memory.buffer, this.#allocate(values.length * 4), values.length);
    array.set(values);
    return array;
  }

  /** Whether nothing has been written but into the arrays. */
  get intact(): boolean {
    return this.#guards.every((guard) => guard.every((value) => value === Math.fround(GUARD)));
  }

  /** Room with guards right behind it; those before it are the last array's. */
  #allocate(bytes: number): Address {
    const address = this.#heap.allocate(bytes + GUARD_FLOATS * 4);
    const guard = this.#heap.floats(address + bytes, GUARD_FLOATS);
    guard.fill(GUARD);
    this.#guards.push(guard);
    return address;
  }
}

/** ‖actual − expected‖ / ‖expected‖ */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}
