/**
 * Builds what the sources alone cannot run: kernels → dist/kernels, server → dist, browser scripts → static/js and the
 * libraries they use → static/vendor. With --if-stale only when a source is newer than the last build.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const ROOT = path.join(import.meta.dirname, '..');
const STAMP = path.join(ROOT, 'dist/built');
const SOURCES = ['src/**/*', 'static/css/*.css', 'scripts/build*.ts', 'tsconfig*.json', 'package-lock.json'];

/** Served as they are: what the page needs of its libraries. */
const VENDOR = ['htmx.org/dist/htmx.min.js', 'chart.js/dist/chart.umd.min.js'];

/** Old tablets read these too. */
const BROWSER_TARGET = 'es2017';

if (import.meta.main && !(process.argv.includes('--if-stale') && isFresh())) await build();

async function build(): Promise<void> {
  const started = performance.now();
  console.log('Building the workbench (only needed once, and after a change of its sources) …');
  rmSync(STAMP, { force: true });
  const { buildKernels } = await import('./build-kernels.ts');
  await buildKernels();
  buildServer();
  copyData();
  await buildBrowser();
  copyVendor();
  precompress();
  writeFileSync(STAMP, new Date().toISOString());
  console.log(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

function isFresh(): boolean {
  if (!existsSync(STAMP)) return false;
  const built = statSync(STAMP).mtimeMs;
  return globSync(SOURCES, { cwd: ROOT }).every((file) => statSync(path.join(ROOT, file)).mtimeMs <= built);
}

function buildServer(): void {
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
}

/** Data that the compiled code reads beside itself. */
function copyData(): void {
  const folder = 'datasets/pen-digits';
  cpSync(path.join(ROOT, 'src', folder), path.join(ROOT, 'dist', folder), { recursive: true });
}

/** One classic script for the whole page: a single request, and no module support needed. */
export async function buildBrowser(): Promise<void> {
  const { build: bundle } = await import('esbuild');
  await bundle({
    entryPoints: [path.join(ROOT, 'src/browser/workbench.ts')],
    outfile: path.join(ROOT, 'static/js/workbench.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: BROWSER_TARGET,
    logLevel: 'warning',
  });
}

function copyVendor(): void {
  const vendor = path.join(ROOT, 'static/vendor');
  mkdirSync(vendor, { recursive: true });
  for (const file of VENDOR)
    cpSync(path.join(ROOT, 'node_modules', file), path.join(vendor, path.basename(file)));
}

/** Compressed once here, so that the server spends nothing on it. */
function precompress(): void {
  for (const file of globSync('static/{css,js,vendor}/*.{css,js}', { cwd: ROOT })) {
    const text = readFileSync(path.join(ROOT, file));
    writeFileSync(path.join(ROOT, `${file}.br`), brotliCompressSync(text));
    writeFileSync(path.join(ROOT, `${file}.gz`), gzipSync(text, { level: 9 }));
  }
}
