/** The kernels: documented in their files, their signatures in ../kernels.ts. */
export {
  relu_backward,
  relu_forward,
  sigmoid_backward,
  sigmoid_forward,
  tanh_backward,
  tanh_forward,
} from './activation';
export { adadelta_update } from './adadelta';
export { adagrad_update } from './adagrad';
export { adam_update } from './adam';
export { adamax_update } from './adamax';
export {
  conv1_forward,
  conv1_weight_gradient,
  conv2_forward,
  conv2_input_gradient,
  conv2_weight_gradient,
} from './conv';
export { dense_bias_gradient, dense_forward, dense_input_gradient, dense_weight_gradient } from './dense';
export { ftrl_update } from './ftrl';
export { sum_gradients } from './gradient';
export { load_images, load_labels } from './input';
export { clear, lanes_to_rows, rows_to_lanes, sum_lanes } from './lanes';
export { nadam_update } from './nadam';
export {
  relu_pool_backward,
  relu_pool_forward,
  sigmoid_pool_backward,
  sigmoid_pool_forward,
  tanh_pool_backward,
  tanh_pool_forward,
} from './pool';
export { rmsprop_update } from './rmsprop';
export { sgd_update } from './sgd';
export { cross_entropy_backward, softmax_forward } from './softmax';
