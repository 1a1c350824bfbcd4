/** Name → engine; the only file that knows both. */
import type { Engine, EngineName, EngineOptions } from './engine.ts';
import './tensorflow/environment.ts';
import { tensorFlowAbsentReason } from './tensorflow/tensorflow-presence.ts';

/**
 * An engine with all weights zero until `setState`. Only its own code is loaded.
 *
 * @throws EngineAbsentError when it is not available on this machine
 */
export async function createEngine(name: EngineName, options: EngineOptions): Promise<Engine> {
  if (name === 'simd') {
    const { SimdEngine } = await import('./simd/simd-engine.ts');
    return SimdEngine.create(options);
  }
  const { TensorFlowEngine } = await import('./tensorflow/tensorflow-engine.ts');
  return new TensorFlowEngine(options);
}

/** A sentence why an engine is not available on this machine, judged by its files alone; null when it may run. */
export function absentReason(name: EngineName): string | null {
  return name === 'tensorflow' ? tensorFlowAbsentReason() : null;
}
