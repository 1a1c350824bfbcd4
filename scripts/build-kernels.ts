/**
 * Compiles the kernels of the simd engine twice: dist/kernels/strict.wasm for every machine, dist/kernels/relaxed.wasm
 * with fused multiply-add.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILDS = { strict: 'simd,threads', relaxed: 'simd,threads,relaxed-simd' } as const;

/** @throws SyntaxError with the compiler's messages. */
export async function buildKernels(): Promise<void> {
  await mkdir(path.join(ROOT, 'dist/kernels'), { recursive: true });
  for (const [build, features] of Object.entries(BUILDS)) {
    await compile('src/engines/simd/assembly/index.ts', `dist/kernels/${build}.wasm`, features);
  }
}

/** Compiles one AssemblyScript file for memory that JavaScript brings and shares among threads. */
export async function compile(source: string, outFile: string, features: string): Promise<void> {
  const { error, stderr } = await asc.main([
    source,
    ...['--baseDir', ROOT, '--outFile', outFile, '--enable', features],
    ...['-O3', '--noAssert', '--runtime', 'stub'],
    ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ]);
  if (error) throw new SyntaxError(`The kernels did not compile.\n${stderr}`, { cause: error });
}

if (import.meta.main) await buildKernels();
