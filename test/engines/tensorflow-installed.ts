/** Whether the tensorflow engine can be had here; its tests are reported as skipped where it cannot. */
import { EngineAbsentError } from '../../src/engines/engine.ts';
import { loadTensorFlow } from '../../src/engines/tensorflow/load-tensorflow.ts';

/** For a test's `skip`: false, or why it does not run. */
export const skip: string | false = whyAbsent();

function whyAbsent(): string | false {
  try {
    loadTensorFlow();
    return false;
  } catch (error) {
    if (error instanceof EngineAbsentError) return error.message;
    throw error;
  }
}
