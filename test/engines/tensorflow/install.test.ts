/** What `npm run tensorflow:install` says when it cannot; a whole installation takes a wheel of 207 MB. */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { extractLibrary } from '../../../scripts/tensorflow/wheel.ts';
import { environment } from '../../help/environment.ts';

const SCRIPT = path.join(import.meta.dirname, '../../../scripts/tensorflow-install.ts');
const WHEEL = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string];
const supported = process.platform === 'linux' && WHEEL !== undefined;
const skip = supported ? false : 'the script knows Linux on x64 and arm64';

function install(source: string[], variables: NodeJS.ProcessEnv = {}) {
  const env = environment({ TENSORFLOW_DIR: '/proc/nowhere', ...variables });
  return spawnSync(process.execPath, [SCRIPT, ...source], { encoding: 'utf8', env });
}

t.test('names what is wrong with the wheel, and leaves nothing behind', { skip }, async (t) => {
  const foreign = `tensorflow_cpu-2.15.1-cp311-cp311-${WHEEL === 'x86_64' ? 'win_amd64' : 'manylinux_2_17_x86_64'}.whl`;
  const dir = t.testdir({
    [foreign]: '',
    'notes.txt': '',
    empty: {},
    [`keras-3.0-manylinux1_${WHEEL}.whl`]: '',
  });
  const cases: [source: string[], sentence: RegExp][] = [
    [[], /^Name a tensorflow-cpu wheel, or a folder it was unpacked to: npm run tensorflow:install -- /],
    [[path.join(dir, 'missing.whl')], /^There is no .*missing\.whl\.$/],
    [[path.join(dir, 'notes.txt')], /notes\.txt is no wheel/],
    [[path.join(dir, 'empty')], /empty holds neither one wheel nor tensorflow\/libtensorflow_cc\.so\.2/],
    [[path.join(dir, foreign)], /is not for this machine: take a tensorflow_cpu wheel with "manylinux" and/],
    [[path.join(dir, `keras-3.0-manylinux1_${WHEEL}.whl`)], /is not for this machine/],
  ];
  for (const [source, sentence] of cases) {
    const { status, stdout, stderr } = install(source);
    t.equal(status, 1);
    t.match(stderr.trim(), sentence);
    t.equal(stdout, '', 'nothing was begun');
  }
});

t.test('a machine without a compiler is told how to get one', { skip }, async (t) => {
  const { status, stderr } = install([t.testdir({ tensorflow: { 'libtensorflow_cc.so.2': '' } })], {
    CXX: 'no-such-compiler',
  });
  t.equal(status, 1);
  t.match(stderr.trim(), /^No C\+\+ compiler: "no-such-compiler" does not run\. Install one/);
});

t.test('takes the libraries and the C headers of an unpacked wheel, and nothing else', async (t) => {
  const wanted = {
    'libtensorflow_cc.so.2': 'library',
    'libtensorflow_framework.so.2': 'framework',
    include: {
      tensorflow: {
        c: { 'c_api.h': '', eager: { 'c_api.h': 'eager' } },
        core: { platform: { 'ctstring.h': '', 'ctstring_internal.h': '' } },
        tsl: { platform: { 'ctstring.h': '2.12' } },
      },
      tsl: { c: { 'tsl_status.h': '' }, platform: { 'ctstring.h': '2.15' } },
      xla: { tsl: { c: { 'tsl_status.h': '2.18' } } },
    },
  };
  const other = { 'libtensorflow_other.so.2': '', python: { 'a.h': '' } };
  const dir = t.testdir({ wheel: { tensorflow: { ...wanted, ...other } }, deps: {} });
  cpSync(
    path.join(dir, 'wheel/tensorflow/include/tensorflow/c'),
    path.join(dir, 'wheel/tensorflow/include/numpy'),
    {
      recursive: true,
    },
  );
  const files = await extractLibrary(path.join(dir, 'wheel'), path.join(dir, 'deps'), dir);
  t.same(files.toSorted(), [
    'include/tensorflow/c/c_api.h',
    'include/tensorflow/c/eager/c_api.h',
    'include/tensorflow/core/platform/ctstring.h',
    'include/tensorflow/core/platform/ctstring_internal.h',
    'include/tensorflow/tsl/platform/ctstring.h',
    'include/tsl/c/tsl_status.h',
    'include/tsl/platform/ctstring.h',
    'include/xla/tsl/c/tsl_status.h',
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
  ]);
  const read = (file: string) => readFileSync(path.join(dir, 'deps', file), 'utf8');
  t.equal(read('lib/libtensorflow_cc.so.2'), 'library');
  t.equal(read('include/tensorflow/c/eager/c_api.h'), 'eager');
});
