/** The two builds of the kernels: which one this machine can run, and their instances. */
import { readFile } from 'node:fs/promises';
import type { Activation } from '../../network/activations.ts';
import type { OptimizerName } from '../../network/optimizers.ts';

/** `relaxed` multiplies and adds in one instruction; `strict` runs on every machine. Their last bits differ. */
export type Build = 'strict' | 'relaxed';

/** A kernel takes addresses in bytes and counts; assembly/ documents each. */
export type Kernel = (...args: number[]) => void;

/** Address of an array in the engine's memory, in bytes. */
export type Address = number;

/** A rule of assembly/: gradients lie in `slices` arrays, `stride` bytes apart, and are summed first. */
export type Update = (
  weights: Address,
  slot0: Address,
  slot1: Address,
  gradients: Address,
  stride: number,
  slices: number,
  bytes: number,
  coefficients: Address,
) => void;

export type Kernels = Record<
  | 'load_images'
  | 'load_labels'
  | 'conv1_forward'
  | 'conv1_weight_gradient'
  | 'conv2_forward'
  | 'conv2_weight_gradient'
  | 'conv2_input_gradient'
  | `${Activation}_pool_${'forward' | 'backward'}`
  | `${Activation}_${'forward' | 'backward'}`
  | 'dense_forward'
  | 'dense_weight_gradient'
  | 'dense_bias_gradient'
  | 'dense_input_gradient'
  | 'softmax_forward'
  | 'cross_entropy_backward'
  | 'clear'
  | 'lanes_to_rows'
  | 'rows_to_lanes'
  | 'sum_lanes',
  Kernel
> &
  Record<`${OptimizerName}_update` | 'sum_gradients', Update>;

/** A function with f32x4.relaxed_madd: a valid module only where that is supported. */
const RELAXED_PROBE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2,
  253, 15, 253, 128, 2, 11,
]);

/** The faster build that this machine can run. */
export function preferredBuild(): Build {
  return WebAssembly.validate(RELAXED_PROBE) ? 'relaxed' : 'strict';
}

const compiled = new Map<Build, Promise<WebAssembly.Module>>();

/** The compiled kernels, compiled once for the process. @throws when they were not built. */
export function loadKernels(build: Build): Promise<WebAssembly.Module> {
  const known = compiled.get(build);
  if (known) return known;
  const file = new URL(`../../../dist/kernels/${build}.wasm`, import.meta.url);
  const module = readFile(file).then((bytes) => WebAssembly.compile(bytes));
  compiled.set(build, module);
  module.catch(() => compiled.delete(build));
  return module;
}

/** Kernels that compute in this memory. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as Kernels;
}
