import { TEST_IMAGES } from '../datasets/mnist.ts';
import { type Interval, wilsonInterval } from '../statistics/wilson.ts';
import type { RunSummary } from './run.ts';

/**
 * Where the accuracy of a run's weights on other images of MNIST's kind lies, 95 times in 100. Null without a test, and for a
 * run that chose its epoch by the test set: the best of several looks is not a sample.
 */
export function testInterval({
  testAccuracy,
  settings,
}: Pick<RunSummary, 'testAccuracy' | 'settings'>): Interval | null {
  if (testAccuracy === null || settings.validation === 'test') return null;
  return wilsonInterval(Math.round(testAccuracy * TEST_IMAGES), TEST_IMAGES);
}
