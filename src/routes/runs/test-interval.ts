import { TEST_IMAGES } from '../../datasets/mnist.ts';
import { type Interval, wilsonInterval } from '../../statistics/wilson.ts';
import type { RunSummary } from '../../store/run.ts';

/** Where the accuracy of a run's weights on other images of MNIST's kind lies, 95 times in 100; null without a test. */
export function testInterval({ testAccuracy }: Pick<RunSummary, 'testAccuracy'>): Interval | null {
  if (testAccuracy === null) return null;
  return wilsonInterval(Math.round(testAccuracy * TEST_IMAGES), TEST_IMAGES);
}
