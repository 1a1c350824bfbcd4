/**
 * Builds what the sources alone cannot run: kernels → dist/kernels, server → dist, browser scripts → static/js, style
 * sheets → static/css and the libraries that pages use → static/vendor. With --if-stale only when a source is newer than the last build.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
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
const SOURCES = [
  'src/**/*',
  'static/css/components/*.css',
  'scripts/build*.ts',
  'tsconfig*.json',
  'package-lock.json',
];
const BUILT = ['dist', 'static/css', 'static/js', 'static/vendor'];

/** Served as they are: what the page needs of its libraries. */
const VENDOR = ['htmx.org/dist/htmx.min.js', 'chart.js/dist/chart.umd.min.js'];

/** Old tablets read these too. */
const BROWSER_TARGET = 'es2017';

if (import.meta.main && !(process.argv.includes('--if-stale') && isFresh())) {
  try {
    await build();
  } catch (error) {
    console.error(sentence(error as NodeJS.ErrnoException));
    process.exit(1);
  }
}

/** What to tell the one who typed the command; a fault of ours has a stack. */
function sentence(error: NodeJS.ErrnoException): string | Error {
  const { code = '', message, path: file, syscall = '' } = error;
  if (error instanceof SyntaxError) return message;
  if (error instanceof TypeError || error instanceof ReferenceError) return error;
  if (['EACCES', 'EPERM', 'EROFS'].includes(code) && !syscall.startsWith('spawn'))
    return `The workbench has to be built and this user may not write ${file}: type \`npm run build\` as the owner of the folder.`;
  return `The workbench could not be built (${message.trim().split('\n')[0]}): type \`npm ci\`.`;
}

async function build(): Promise<void> {
  const started = performance.now();
  console.log('Building the workbench (only needed once, and after a change of its sources) …');
  checkWritable();
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

/** Before each tool would say it in its own way. @throws Error of the system, with the first path that may not be written */
function checkWritable(): void {
  for (const folder of BUILT) mkdirSync(path.join(ROOT, folder), { recursive: true });
  for (const file of globSync(
    BUILT.flatMap((folder) => [folder, `${folder}/**`]),
    { cwd: ROOT },
  ))
    accessSync(path.join(ROOT, file), constants.W_OK);
}

function isFresh(): boolean {
  if (!existsSync(STAMP)) return false;
  const built = statSync(STAMP).mtimeMs;
  return globSync(SOURCES, { cwd: ROOT }).every((file) => statSync(path.join(ROOT, file)).mtimeMs <= built);
}

function buildServer(): void {
  const tsc = path.join(ROOT, 'node_modules/typescript/lib/tsc.js');
  const { status, stderr } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    ...{ cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'inherit', 'pipe'] },
  });
  // It prints what is wrong with the sources on standard output, what is wrong with itself on the other one.
  if (stderr) throw new Error(`tsc: ${/Error(?: \[\w+\])?: (.*)/.exec(stderr)?.[1] ?? 'does not run'}`);
  if (status !== 0) throw new SyntaxError('The sources do not compile: the reasons stand above.');
}

/** Data that the compiled code reads beside itself. */
function copyData(): void {
  const folder = 'datasets/pen-digits';
  cpSync(path.join(ROOT, 'src', folder), path.join(ROOT, 'dist', folder), { recursive: true });
}

/**
 * One classic script and one style sheet for the whole page: two requests, and no module support needed. What only the
 * diagram needs is a script of its own, loaded with it.
 */
export async function buildBrowser(): Promise<void> {
  const { build: bundle } = await import('esbuild');
  const options = { bundle: true, minify: true, logLevel: 'warning' } as const;
  await bundle({
    ...options,
    entryPoints: ['workbench', 'inside'].map((name) => path.join(ROOT, `src/browser/${name}.ts`)),
    outdir: path.join(ROOT, 'static/js'),
    format: 'iife',
    target: BROWSER_TARGET,
  });
  await bundle({
    ...options,
    entryPoints: [path.join(ROOT, 'static/css/components/index.css')],
    outfile: path.join(ROOT, 'static/css/workbench.css'),
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
