/** What the native library is told, in processes of their own: nothing of it may be set before. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import t from 'tap';
import { createEngine } from '../../../src/engines/create-engine.ts';
import { initialWeights, loadImages, OPTIONS, train } from '../contract.ts';
import { skip } from '../tensorflow-installed.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const NAMES = [
  'TF_NUM_INTRAOP_THREADS',
  'TF_ENABLE_ONEDNN_OPTS',
  'TF_CPP_MIN_LOG_LEVEL',
  'ONEDNN_MAX_CPU_ISA',
] as const;
const DEFAULTS = {
  TF_NUM_INTRAOP_THREADS: '1',
  TF_ENABLE_ONEDNN_OPTS: '0',
  TF_CPP_MIN_LOG_LEVEL: '2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
};

/** @returns what `code`, an ES module in the package's folder, prints as JSON when only `environment` is set */
function inProcess(code: string, environment: NodeJS.ProcessEnv = {}): unknown {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of NAMES) delete env[name];
  const args = ['--input-type=module', '--eval', code];
  return JSON.parse(
    execFileSync(process.execPath, args, { cwd: ROOT, env: { ...env, ...environment }, encoding: 'utf8' }),
  );
}

const show = `console.log(JSON.stringify(${JSON.stringify(NAMES)}.map((name) => [name, process.env[name]])))`;
const settingsOf = (pairs: unknown) => Object.fromEntries(pairs as [string, string][]);

t.test('the server sets it before it starts a worker, which could load the library', async (t) => {
  const worker = `const { Worker } = await import('node:worker_threads');
    new Worker(${JSON.stringify(show)}, { eval: true });`;
  t.same(settingsOf(inProcess(`await import('./src/app.ts'); ${worker}`)), DEFAULTS);
});

t.test('it is set when the library is loaded, whoever loads it', async (t) => {
  const load = `const { loadTensorFlow } = await import('./src/engines/tensorflow/load-tensorflow.ts');
    loadTensorFlow('/nowhere', () => { ${show}; return {}; });`;
  t.same(settingsOf(inProcess(load)), DEFAULTS);
});

t.test("a user's own values stay", async (t) => {
  const own = {
    TF_NUM_INTRAOP_THREADS: '4',
    TF_ENABLE_ONEDNN_OPTS: '1',
    TF_CPP_MIN_LOG_LEVEL: '0',
    ONEDNN_MAX_CPU_ISA: 'SSE41',
  };
  t.same(settingsOf(inProcess(`await import('./src/engines/create-engine.ts'); ${show}`, own)), own);
});

t.test('it reaches the library also where a worker alone loads it', { skip }, async (t) => {
  const code = `await import('./src/engines/create-engine.ts');
    const { Worker } = await import('node:worker_threads');
    new Worker('./test/fixtures/workers/tensorflow-worker.ts', { workerData: { forever: false }, execArgv: [] })
      .once('message', (losses) => console.log(JSON.stringify(losses)));`;
  const losses = inProcess(code) as number[];
  t.same(losses, inProcess(code, DEFAULTS), 'as if it had been set from outside: to the last bit');

  const simd = await createEngine('simd', OPTIONS);
  t.teardown(() => simd.dispose());
  simd.setState({ weights: initialWeights() });
  const expected = train(simd, loadImages(simd), { count: 5 });
  const error = Math.max(...expected.map((loss, i) => Math.abs(losses[i] / loss - 1)));
  t.ok(error < 1e-6, `as the simd engine: losses within ${error}`);
});
