/** A simd engine for a test, with initial weights and images; the end of the test disposes of it. */
import type { Test } from 'tap';
import type { SimdOptions } from '../../../src/engines/simd/simd-engine.ts';
import { SimdEngine } from '../../../src/engines/simd/simd-engine.ts';
import { initialWeights, loadImages, OPTIONS } from '../contract.ts';

export const BUILDS = ['strict', 'relaxed'] as const;

export async function start(t: Test, options: Partial<SimdOptions> = {}) {
  const engine = await SimdEngine.create({ ...OPTIONS, ...options });
  t.teardown(() => engine.dispose());
  engine.setState({ weights: initialWeights() });
  return { engine, images: loadImages(engine) };
}
