import { wilsonInterval } from './wilson.ts';

/**
 * Does a classifier guess? It does unless it reads, with 95 % confidence (Wilson's interval), more than twice what chance
 * would: of ten digits 10 %, while naming always the commonest of them reads 11 % of MNIST, and telling only two apart
 * up to 22 %.
 *
 * @param accuracy share of the images that it reads right, 0–1
 * @param images how many it was measured with, above 0
 * @param classes of which each image is one
 */
export function isGuessing(accuracy: number, images: number, classes: number): boolean {
  return wilsonInterval(Math.round(accuracy * images), images).low <= 2 / classes;
}
