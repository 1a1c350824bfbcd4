import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export const PACKAGE = '@tensorflow/tfjs-node';
export const INSTALL = 'npm run tensorflow:install -- <wheel or folder>';
export const NOT_INSTALLED = `TensorFlow is not installed; "${INSTALL}" installs it (see docs/tensorflow.md).`;

/** A file of the package that is missing if its install scripts did not run. */
const NATIVE_PART = 'lib/napi-v8/tfjs_binding.node';

/** Absolute path of the folder that `npm run tensorflow:install` fills: TENSORFLOW_DIR, else `tensorflow` in DATA_DIR. */
export function tensorFlowDir(environment: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(environment.TENSORFLOW_DIR || path.join(environment.DATA_DIR || 'data', 'tensorflow'));
}

/** Checks for its files without loading them, which would take 290 MB; null when they exist. */
export function tensorFlowAbsentReason(folder = tensorFlowDir()): string | null {
  const isThere = [folder, import.meta.dirname].some((from) => {
    try {
      const file = createRequire(path.join(from, 'package.json')).resolve(`${PACKAGE}/package.json`);
      return existsSync(path.join(path.dirname(file), NATIVE_PART));
    } catch {
      // Not found: that is the answer.
      return false;
    }
  });
  return isThere ? null : NOT_INSTALLED;
}
