import { TEST_IMAGES } from '../datasets/mnist.ts';
import { type Interval, wilsonInterval } from '../statistics/wilson.ts';
import type { RunSummary } from './run.ts';

/**
 * 95 % confidence interval of the accuracy on other images like MNIST's. Null without a test, and for a run that chose its
 * epoch by the test set: the best of several is not a fair sample.
 */
export function testInterval({
  testAccuracy,
  settings,
}: Pick<RunSummary, 'testAccuracy' | 'settings'>): Interval | null {
  if (testAccuracy === null || settings.validation === 'test') return null;
  return wilsonInterval(Math.round(testAccuracy * TEST_IMAGES), TEST_IMAGES);
}
