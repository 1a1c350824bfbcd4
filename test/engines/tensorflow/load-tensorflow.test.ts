import path from 'node:path';
import t from 'tap';
import { EngineAbsentError } from '../../../src/engines/engine.ts';
import { type Load, loadTensorFlow } from '../../../src/engines/tensorflow/load-tensorflow.ts';
import { tensorFlowDir } from '../../../src/engines/tensorflow/tensorflow-presence.ts';

const missingPackage = Object.assign(new Error("Cannot find module '@tensorflow/tfjs-node'"), {
  code: 'MODULE_NOT_FOUND',
});
const missingBinding = new Error(
  'The Node.js native addon module (tfjs_binding.node) can not be found at path: x',
);
const throwing =
  (error: Error): Load =>
  () => {
    throw error;
  };

t.test('looks in its own folder first, then beside the program', async (t) => {
  const asked: string[] = [];
  const tf = { version: 'a stand-in' };
  const load: Load = (name, folder) => {
    asked.push(`${name} from ${folder}`);
    if (asked.length === 1) throw missingPackage;
    return tf;
  };
  t.equal(loadTensorFlow('/somewhere', load), tf);
  t.equal(asked[0], '@tensorflow/tfjs-node from /somewhere');
  t.match(asked[1], /engines.tensorflow$/);
  asked.length = 1;
  loadTensorFlow('/somewhere', load);
  t.equal(asked.length, 2, 'and no further once it is found');
});

t.test(
  'without the package, and without its native part, it is absent: one sentence says what to do',
  async (t) => {
    for (const error of [missingPackage, missingBinding]) {
      const absent = trouble(() => loadTensorFlow('/somewhere', throwing(error)));
      t.ok(absent instanceof EngineAbsentError);
      t.equal(
        absent.message,
        'TensorFlow is not installed; "npm run tensorflow:install -- <wheel or folder>" installs it (see docs/tensorflow.md).',
      );
    }
  },
);

t.test('a library that does not load is told from one that is not there', async (t) => {
  const broken = new Error('libtensorflow.so: undefined symbol: PyTuple_Type\nRequire stack: …');
  const absent = trouble(() => loadTensorFlow('/somewhere', throwing(broken)));
  t.ok(absent instanceof EngineAbsentError);
  t.equal(absent.cause, broken);
  t.equal(
    absent.message,
    'TensorFlow is installed but does not load: libtensorflow.so: undefined symbol: PyTuple_Type; "npm run tensorflow:install -- <wheel or folder>" reinstalls it.',
  );
});

t.test('its folder is TENSORFLOW_DIR, else in the data folder', async (t) => {
  t.equal(tensorFlowDir({}), path.resolve('data/tensorflow'));
  t.equal(tensorFlowDir({ DATA_DIR: '/data' }), '/data/tensorflow');
  t.equal(tensorFlowDir({ DATA_DIR: '/data', TENSORFLOW_DIR: '/opt/tensorflow' }), '/opt/tensorflow');
});

t.test('what tfjs-node misses in newer versions of Node is there when it is loaded', async (t) => {
  const util: Record<string, (value: unknown) => boolean> = (await import('node:util')).default as never;
  loadTensorFlow('/somewhere', () => ({}));
  t.same([null, undefined, 0, ''].map(util.isNullOrUndefined), [true, true, false, false]);
  t.same(
    [[], {}].map((value) => util.isArray(value)),
    [true, false],
  );
});

function trouble(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
