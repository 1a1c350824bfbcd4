import { wilsonInterval } from './wilson.ts';

/**
 * Is a classifier only guessing? It is unless it gets, with 95 % confidence (Wilson's interval), more than twice what chance
 * would: of ten digits 10 %, while always answering with the commonest gets 11 % of MNIST right, and distinguishing only two
 * up to 22 %.
 *
 * @param accuracy 0–1
 * @param images how many it was measured with, above 0
 * @param classes number of classes
 */
export function isGuessing(accuracy: number, images: number, classes: number): boolean {
  return wilsonInterval(Math.round(accuracy * images), images).low <= 2 / classes;
}
