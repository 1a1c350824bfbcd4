/** A third opinion: TensorFlow.js on its CPU backend, with its own operations and its own differentiation. */
import '@tensorflow/tfjs-backend-cpu';
import { registerHooks } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import t from 'tap';
import { ACTIVATIONS, type Activation } from '../../../src/network/activations.ts';
import { DIGITS, IMAGE_SIZE } from '../../../src/network/lenet5.ts';
import { initialWeights } from '../contract.ts';
import { relativeError } from './arena.ts';
import { start } from './start.ts';

const COUNT = 2;

/** The derivatives of tfjs-core are modules for bundlers, whose imports leave `.js` out. */
async function registerGradients(): Promise<void> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const inside = specifier.startsWith('.') && context.parentURL?.includes('/tfjs-core/dist/');
      return next(inside && !specifier.endsWith('.js') ? `${specifier}.js` : specifier, context);
    },
  });
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  hooks.deregister();
}

t.test('losses and gradients are those of TensorFlow.js', async (t) => {
  await registerGradients();
  await tf.setBackend('cpu');
  const indices = Uint32Array.from({ length: COUNT }, (_, i) => i);
  for (const activation of ACTIVATIONS) {
    const { engine, images } = await start(t, { activation });
    const bytes = images.images.slice(0, COUNT * IMAGE_SIZE);
    const labels = images.labels.slice(0, COUNT);
    const { loss, gradients } = lenet5(activation, bytes, labels);
    const gradient = engine.gradient(images, indices);
    for (const { name, offset, size } of DIGITS.tensors) {
      const error = relativeError(gradient.subarray(offset, offset + size), gradients[name]);
      t.ok(error < 1e-5, `${activation} ${name}: ${error}`);
    }
    t.ok(Math.abs(engine.trainStep(images, indices).loss / loss - 1) < 1e-6, `${activation}: loss`);
  }
});

/** @returns the mean loss of the images and its gradient by tensor */
function lenet5(activation: Activation, bytes: Uint8Array, labels: Uint8Array) {
  const x = tf.tensor4d(
    Float32Array.from(bytes, (byte) => byte / 255),
    [COUNT, 28, 28, 1],
  );
  const oneHot = tf.oneHot(tf.tensor1d(Array.from(labels), 'int32'), 10);
  const all = initialWeights();
  const weights = DIGITS.tensors.map(({ shape, offset, size }) =>
    tf.tensor(all.slice(offset, offset + size), [...shape]),
  );
  const act = { relu: tf.relu<tf.Tensor>, tanh: tf.tanh<tf.Tensor>, sigmoid: tf.sigmoid<tf.Tensor> }[
    activation
  ];
  const convolve = (y: tf.Tensor, w: tf.Tensor, b: tf.Tensor, pad: 'same' | 'valid') =>
    act(tf.add(tf.conv2d(y as tf.Tensor4D, w as tf.Tensor4D, 1, pad), b));
  const pool = (y: tf.Tensor) => tf.avgPool(y as tf.Tensor4D, 2, 2, 'valid');
  const logits = ([w1, b1, w2, b2, w3, b3, w4, b4, w5, b5]: tf.Tensor[]) => {
    const features = convolve(
      pool(convolve(pool(convolve(x, w1, b1, 'same')), w2, b2, 'valid')),
      w3,
      b3,
      'valid',
    );
    const hidden = act(tf.add(tf.matMul(tf.reshape(features, [COUNT, 120]), w4), b4));
    return tf.add(tf.matMul(hidden, w5), b5);
  };
  const meanLoss = (...w: tf.Tensor[]): tf.Scalar =>
    tf.neg(tf.mean(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits(w))), 1)));
  const { value, grads } = tf.valueAndGrads(meanLoss)(weights);
  return {
    loss: value.dataSync()[0],
    gradients: Object.fromEntries(DIGITS.tensors.map(({ name }, i) => [name, grads[i].dataSync()])),
  };
}
