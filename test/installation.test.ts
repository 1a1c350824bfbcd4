/** What npm's commands say when the installation lacks something: one sentence with what to type. Nothing is downloaded. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { environment, obeyingModes } from './help/environment.ts';

const ROOT = path.join(import.meta.dirname, '..');
const { scripts, dependencies, devDependencies, engines } = JSON.parse(
  readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
);
const NEEDED = engines.node.replace('>=', '');

/** The workbench in a folder of its own whose packages are links: what is removed from it is only the link. */
function installation(t: Test): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'lenet5-installation-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const link = (file: string) => symlinkSync(path.join(ROOT, file), path.join(folder, file));
  for (const file of ['package.json', 'package-lock.json', 'scripts', 'src', 'static/css/components']) {
    cpSync(path.join(ROOT, file), path.join(folder, file), { recursive: true });
  }
  mkdirSync(path.join(folder, 'node_modules'));
  for (const name of readdirSync(path.join(ROOT, 'node_modules'))) {
    if (!name.startsWith('@')) link(`node_modules/${name}`);
    else {
      mkdirSync(path.join(folder, 'node_modules', name));
      for (const part of readdirSync(path.join(ROOT, 'node_modules', name)))
        link(`node_modules/${name}/${part}`);
    }
  }
  for (const name of ['bench', 'tsconfig.json', 'tsconfig.build.json']) link(name);
  return folder;
}

const without = (folder: string, ...names: string[]) => {
  for (const name of names) rmSync(path.join(folder, 'node_modules', name), { recursive: true });
};

/** Puts another package in the place of one. */
function replace(folder: string, name: string, files: Readonly<Record<string, string>>): void {
  const at = path.join(folder, 'node_modules', name);
  rmSync(at);
  mkdirSync(at);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(at, file), text);
}

/**
 * Runs a script of package.json as npm does, with the one that goes before it, but not npm: its settings are not the subject.
 *
 * @param within a command that runs what follows it, and its options
 */
function run(
  folder: string,
  name: string,
  variables: NodeJS.ProcessEnv = {},
  { before = true, within = [] as readonly string[] } = {},
) {
  const command = [before && scripts[`pre${name}`], scripts[name]].filter(Boolean).join(' && ');
  const [program, ...args] = [...within, 'sh', '-c', command];
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: environment({
      PATH: [path.join(folder, 'node_modules/.bin'), path.dirname(process.execPath), process.env.PATH].join(
        ':',
      ),
      DATA_DIR: path.join(folder, 'data'),
      NODE_OPTIONS: '',
      ...variables,
    }),
  });
  return { status, stdout, stderr };
}

function refused(t: Test, answer: ReturnType<typeof run>, sentence: string | RegExp): void {
  t.equal(answer.status, 1);
  t.match(answer.stderr.trimEnd(), sentence);
  t.equal(answer.stderr.trimEnd().split('\n').length, 1, answer.stderr);
  t.match(answer.stdout, /^(Building the workbench .*\n)?$/);
}

t.test('nothing was installed', async (t) => {
  const folder = installation(t);
  rmSync(path.join(folder, 'node_modules'), { recursive: true });
  for (const name of [
    'start',
    'test',
    'build',
    'prepare',
    'dev',
    'backup',
    'restore',
    'check',
    'lint',
    'bench',
    'bench:soak',
  ])
    refused(t, run(folder, name), /^The packages are not installed: type `npm ci`\.$/);
  const production = { NODE_ENV: 'production' };
  refused(t, run(folder, 'start', production), /: type `npm ci`\.$/);
  refused(t, run(folder, 'test', production), /: type `npm ci --include=dev`\.$/);
  refused(t, run(folder, 'bench', { npm_config_omit: 'dev' }), /: type `npm ci --include=dev`\.$/);
});

t.test('--omit=dev left out what tests and benchmarks need, and nothing else needs it', async (t) => {
  const folder = installation(t);
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const left = Object.keys(devDependencies).filter((name) => {
    const { dev, devOptional } = packages[`node_modules/${name}`];
    return dev || devOptional;
  });
  without(folder, ...left);
  for (const name of ['test', 'bench', 'bench:serve', 'check', 'typecheck', 'test:tensorflow'])
    refused(
      t,
      run(folder, name),
      /^This is for development, and the installation lacks @axe-core\/playwright, .* and \d+ more: type `npm ci --include=dev`\.$/,
    );
  t.match(run(folder, 'backup'), { status: 1, stderr: /Name a file\./ }, 'it is asked for its file');
  t.match(run(folder, 'build'), { status: 0, stderr: '', stdout: /Built in/ });
  t.ok(existsSync(path.join(folder, 'dist/server.js')));
});

t.test('what is made for this machine is missing, as in a folder from another one', async (t) => {
  const folder = installation(t);
  const parts = readdirSync(path.join(ROOT, 'node_modules/@img')).filter((name) => name.startsWith('sharp-'));
  t.ok(parts.length > 0);
  without(folder, ...parts.map((name) => `@img/${name}`));
  for (const name of ['start', 'build', 'test', 'bench'])
    refused(
      t,
      run(folder, name),
      /^The installation lacks what is made for this machine, @img\/sharp-[^:]*: type `npm ci --include=optional`\.$/,
    );
});

t.test('the tensorflow engine is no part of it', async (t) => {
  const folder = installation(t);
  rmSync(path.join(folder, 'node_modules/@tensorflow/tfjs-node'), { force: true });
  t.match(run(folder, 'backup'), { stderr: /Name a file\./ });
});

t.test('a package is missing, or of another version', async (t) => {
  const folder = installation(t);
  without(folder, 'avvio');
  refused(t, run(folder, 'start'), /^The installation lacks avvio: type `npm ci`\.$/);
  without(folder, 'esbuild', 'assemblyscript');
  refused(
    t,
    run(folder, 'start'),
    /^The installation lacks assemblyscript, esbuild, avvio: type `npm ci`\.$/,
  );
  const other = installation(t);
  replace(other, 'chart.js', { 'package.json': '{"version": "1.0.0"}' });
  const wanted = dependencies['chart.js'];
  const { stderr } = run(other, 'start');
  t.equal(stderr, `The installation lacks chart.js ${wanted} (it has 1.0.0): type \`npm ci\`.\n`);
});

t.test('install scripts were not run, and the Node of the machine is too old', async (t) => {
  const folder = installation(t);
  const file = path.join(folder, 'package.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"node": ">=${NEEDED}"`, '"node": ">=99.1"'));
  replace(folder, 'node', { 'package.json': JSON.stringify({ version: dependencies.node }) });
  for (const name of ['start', 'test', 'build', 'backup', 'bench'])
    refused(
      t,
      run(folder, name),
      /^Node [\d.]+ is too old \(it takes 99\.1\), and install scripts put no newer one into node_modules: type `npm ci --ignore-scripts=false`\.$/,
    );
});

t.test('a library is there and does not load', async (t) => {
  const folder = installation(t);
  replace(folder, 'sharp', {
    'package.json': JSON.stringify({ version: dependencies.sharp, main: 'index.js' }),
    'index.js': "throw new Error('no native part\\n- try this\\n- or that');",
  });
  refused(
    t,
    run(folder, 'start'),
    /^The library that reads pictures does not load \(no native part\): type `npm ci --include=optional`\.$/,
  );
});

t.test('it was not built, because npm was told to run no scripts', async (t) => {
  const answer = run(installation(t), 'start', {}, { before: false });
  refused(t, answer, /^The workbench is not built: type `npm run build`\.$/);
});

t.test('a tool of the build does not run', async (t) => {
  const folder = installation(t);
  replace(folder, 'typescript', { 'package.json': JSON.stringify({ version: dependencies.typescript }) });
  refused(t, run(folder, 'start'), /^The workbench could not be built \(tsc: [^\n]+\): type `npm ci`\.$/);
});

t.test('it has to be built by a user who may not', async (t) => {
  const within = obeyingModes();
  if (within === null) return t.pass('root writes everything here');
  const folder = installation(t);
  mkdirSync(path.join(folder, 'dist/kernels'), { recursive: true });
  chmodSync(path.join(folder, 'dist/kernels'), 0o555);
  const answer = run(folder, 'start', {}, { within });
  refused(
    t,
    answer,
    /^The workbench has to be built and this user may not write .*\/dist\/kernels: type `npm run build` as the owner of the folder\.$/,
  );
});
