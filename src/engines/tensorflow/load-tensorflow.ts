import { createRequire } from 'node:module';
import path from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs-core';
import { EngineAbsentError } from '../engine.ts';
import './environment.ts';
import { INSTALL, NOT_INSTALLED, PACKAGE, tensorFlowDir } from './tensorflow-presence.ts';

/** tfjs-node as imported: the core API, computed by the native library. */
export type TensorFlowModule = typeof TensorFlow;

/** Loads a package as code in `folder` would; throws like `require`. */
export type Load = (name: string, folder: string) => unknown;

/**
 * tfjs-node from the engine's own folder, else from this package's node_modules.
 *
 * @throws EngineAbsentError when neither has a working one
 */
export function loadTensorFlow(folder = tensorFlowDir(), load: Load = requireFrom): TensorFlowModule {
  restoreUtil();
  for (const from of [folder, import.meta.dirname]) {
    try {
      return load(PACKAGE, from) as TensorFlowModule;
    } catch (error) {
      if (!isMissing(error)) throw brokenError(error);
    }
  }
  throw new EngineAbsentError(NOT_INSTALLED);
}

function requireFrom(name: string, folder: string): unknown {
  return createRequire(path.join(folder, 'package.json'))(name);
}

/** tfjs-node 4.22 calls both on nearly every operation: Node 23 removed one, and warns about the other. */
function restoreUtil(): void {
  const util = createRequire(import.meta.url)('node:util');
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

/** The package is missing, or its install scripts did not run and it lacks its native part. */
function isMissing(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' || message.includes('native addon module');
}

function brokenError(error: unknown): EngineAbsentError {
  const [reason] = (error as Error).message.split('\n');
  return new EngineAbsentError(
    `TensorFlow is installed but does not load: ${reason.replace(/\.$/, '')}; "${INSTALL}" reinstalls it.`,
    { cause: error },
  );
}
