/**
 * `npm run tensorflow:install -- <wheel or folder>`: makes the tensorflow engine from npm's tfjs-node and the C library in
 * a tensorflow-cpu wheel, without Python, node-gyp or the storage host that tfjs-node's own installer needs.
 *
 * Everything goes to one folder outside node_modules, which `npm ci` wipes: TENSORFLOW_DIR, by default data/tensorflow.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { tensorFlowDir } from '../src/engines/tensorflow/tensorflow-presence.ts';
import { extractLibrary, LIBRARIES } from './tensorflow/wheel.ts';

const ROOT = path.join(import.meta.dirname, '..');
const WHEEL_MACHINE: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
/** Names that the linker and the binding look for. */
const LINKS = { 'libtensorflow.so': LIBRARIES[0], 'libtensorflow_framework.so': LIBRARIES[1] };
const COMPILER = process.env.CXX || 'g++';

/** Something the user can mend; the message is a sentence that says how. */
class InstallError extends Error {}

try {
  await install(process.argv[2], tensorFlowDir());
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}

async function install(source: string | undefined, folder: string): Promise<void> {
  const tfjsNode = path.join(folder, 'node_modules/@tensorflow/tfjs-node');
  checkMachine();
  const from = checkSource(source);
  step('Compiler', checkCompiler());
  step('Packages from npm', `into ${folder}`);
  installPackages(folder);
  step('Library and headers', `from ${from}`);
  await copyLibrary(from, path.join(tfjsNode, 'deps'), folder);
  step('Binding', 'compiling');
  buildBinding(tfjsNode, folder);
  step('Trial', 'one training step in a process of its own');
  trainOnce();
  console.log(
    `\nThe tensorflow engine is installed in ${folder}; choose it in the form, or start with ENGINE=tensorflow.`,
  );
}

function step(name: string, detail: string): void {
  console.log(`— ${name}: ${detail}`);
}

function checkMachine(): void {
  if (process.platform === 'linux' && process.arch in WHEEL_MACHINE) return;
  throw new InstallError(
    `This script knows Linux on x64 and arm64, not ${process.platform} on ${process.arch}; docs/tensorflow.md names another way.`,
  );
}

/** @returns absolute path of a wheel for this machine or of a folder that may hold one unpacked */
function checkSource(source: string | undefined): string {
  if (!source) {
    throw new InstallError(
      'Name a tensorflow-cpu wheel, or a folder it was unpacked to: npm run tensorflow:install -- <wheel or folder>. docs/tensorflow.md says where to get one.',
    );
  }
  const from = path.resolve(source);
  if (!existsSync(from)) throw new InstallError(`There is no ${from}.`);
  if (statSync(from).isDirectory()) return wheelIn(from);
  if (!from.endsWith('.whl')) throw new InstallError(`${from} is no wheel: its name would end in .whl.`);
  const machine = WHEEL_MACHINE[process.arch];
  if (!new RegExp(`^tensorflow.*-manylinux\\w*_${machine}\\b`).test(path.basename(from))) {
    throw new InstallError(
      `${path.basename(from)} is not for this machine: take a tensorflow_cpu wheel with "manylinux" and "${machine}" in its name.`,
    );
  }
  return from;
}

/** The wheel that `pip download` put into a folder, or the folder of an unpacked one. */
function wheelIn(folder: string): string {
  const wheels = readdirSync(folder).filter((name) => name.endsWith('.whl'));
  if (wheels.length === 1) return checkSource(path.join(folder, wheels[0]));
  if (existsSync(path.join(folder, 'tensorflow', LIBRARIES[0]))) return folder;
  throw new InstallError(
    `${folder} holds neither one wheel nor tensorflow/${LIBRARIES[0]} of an unpacked one.`,
  );
}

function checkCompiler(): string {
  const { status, stdout } = spawnSync(COMPILER, ['--version'], { encoding: 'utf8' });
  if (status === 0) return stdout.split('\n')[0];
  throw new InstallError(
    `No C++ compiler: "${COMPILER}" does not run. Install one (Debian, Ubuntu: apt-get install g++) and try again.`,
  );
}

/** The versions that are built against, whatever stands in the folder already. */
function installPackages(folder: string): void {
  const { optionalDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const dependencies = {
    '@tensorflow/tfjs-node': optionalDependencies['@tensorflow/tfjs-node'],
    'node-api-headers': '1.9.0',
    yauzl: '3.4.0',
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }, null, 2));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder, {
    failure: 'npm could not install the packages; is the registry within reach?',
  });
}

async function copyLibrary(from: string, to: string, packages: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  const files = await extractLibrary(from, to, packages);
  const missing = [...LIBRARIES, 'include/tensorflow/c/c_api.h'].filter((file) => !files.includes(file));
  if (missing.length > 0) {
    throw new InstallError(
      `${from} lacks tensorflow/${missing.join(', tensorflow/')}: take a tensorflow_cpu wheel of 2.12 or later.`,
    );
  }
  for (const [link, library] of Object.entries(LINKS)) symlinkSync(library, path.join(to, 'lib', link));
}

/** What tfjs-node's binding.gyp says, in one call: N-API 8, the library found beside the binding. */
function buildBinding(tfjsNode: string, folder: string): void {
  mkdirSync(path.join(tfjsNode, 'lib/napi-v8'), { recursive: true });
  const headers = [path.join(folder, 'node_modules/node-api-headers/include'), 'deps/include', '..'];
  run(
    COMPILER,
    [
      ...['-O2', '-fPIC', '-shared', '-std=c++17', '-fvisibility=hidden'],
      ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
      ...headers.flatMap((header) => ['-I', header]),
      ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc', '-o', 'lib/napi-v8/tfjs_binding.node'],
      ...['-L', 'deps/lib', '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
    ],
    tfjsNode,
    { failure: 'The binding does not compile against this wheel; 2.15.1 is known to work.' },
  );
}

function trainOnce(): void {
  run(process.execPath, [path.join(ROOT, 'scripts/tensorflow/trial.ts')], ROOT, {
    failure: 'The library does not train; 2.15.1 is known to work.',
  });
}

function run(command: string, args: string[], cwd: string, { failure }: { failure: string }): void {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) throw new InstallError(failure);
}
