import t from 'tap';
import { absentReason } from '../../../src/engines/create-engine.ts';
import {
  NOT_INSTALLED,
  tensorFlowAbsentReason,
} from '../../../src/engines/tensorflow/tensorflow-presence.ts';

const PACKAGE = { 'package.json': '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0" }' };
const native = { lib: { 'napi-v8': { 'tfjs_binding.node': '' } } };
const folder = (files: NonNullable<Parameters<typeof t.testdir>[0]>) => ({
  node_modules: { '@tensorflow': { 'tfjs-node': files } },
});

t.test('is there with its native part, and only then', async (t) => {
  const dir = t.testdir({ whole: folder({ ...PACKAGE, ...native }), half: folder(PACKAGE) });
  t.equal(tensorFlowAbsentReason(`${dir}/whole`), null);
  t.equal(tensorFlowAbsentReason(`${dir}/half`), NOT_INSTALLED);
});

t.test('our own engine is always there', async (t) => {
  t.equal(absentReason('simd'), null);
});
