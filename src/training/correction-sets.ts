/** Drawings that somebody corrected, as training sees them. */

import { WARP_RANGES, Warp } from '../datasets/augmentation.ts';
import type { ImageRoom } from '../datasets/mnist.ts';
import { toIdx } from '../formats/idx.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
import type { Random } from '../network/random.ts';

/** What of a correction is learnt from. */
export interface CorrectedImage {
  /** 0–9: what it is. */
  readonly truth: number;
  /** [28, 28] bytes, 0 = paper, 255 = ink. */
  readonly image: Uint8Array;
  /** From 1, among those of its owner: decides whether it is kept apart. */
  readonly number: number;
}

/** Plain memory, so that it can cross to the training thread. */
export interface CorrectedImages {
  /** To learn from. */
  readonly learnt: ImageRoom;
  /** Never learnt from: what they say about a network is honest. */
  readonly apart: ImageRoom;
}

/** Somebody's first corrections are all learnt from: a few are too precious, and too few to measure with. */
const ALL_LEARNT = 20;
/** Of the later ones every fifth is kept apart. */
const KEPT_APART = 5;

/**
 * A correction is kept apart by its number, so that it is so in every run, whatever else is deleted.
 *
 * @param number from 1, among those of its owner
 */
export function isKeptApart(number: number): boolean {
  return number > ALL_LEARNT && number % KEPT_APART === 0;
}

/** Those to learn from, and those that are kept apart. */
export async function splitCorrections(
  portions: AsyncIterable<readonly CorrectedImage[]> | Iterable<readonly CorrectedImage[]>,
): Promise<CorrectedImages> {
  const learnt: ImageRoom[] = [];
  const apart: ImageRoom[] = [];
  for await (const portion of portions) {
    learnt.push(toRoom(portion.filter(({ number }) => !isKeptApart(number))));
    apart.push(toRoom(portion.filter(({ number }) => isKeptApart(number))));
  }
  return { learnt: join(learnt), apart: join(apart) };
}

function toRoom(corrections: readonly CorrectedImage[]): ImageRoom {
  const images = new Uint8Array(corrections.length * IMAGE_SIZE);
  corrections.forEach(({ image }, i) => {
    images.set(image, i * IMAGE_SIZE);
  });
  return { images, labels: Uint8Array.from(corrections, ({ truth }) => truth) };
}

function join(rooms: readonly ImageRoom[]): ImageRoom {
  const joined = (arrays: readonly Uint8Array[]) => {
    const whole = new Uint8Array(arrays.reduce((length, array) => length + array.length, 0));
    let at = 0;
    for (const array of arrays) {
      whole.set(array, at);
      at += array.length;
    }
    return whole;
  };
  return {
    images: joined(rooms.map(({ images }) => images)),
    labels: joined(rooms.map(({ labels }) => labels)),
  };
}

/** The file that MNIST would have them in. @param images [28, 28] bytes each */
export function imagesFile(images: readonly Uint8Array[]): Buffer {
  return toIdx([images.length, IMAGE_SIDE, IMAGE_SIDE], Buffer.concat(images));
}

/** @param truths 0–9 each */
export function labelsFile(truths: readonly number[]): Buffer {
  return toIdx([truths.length], Uint8Array.from(truths));
}

/**
 * Fills `room` with the corrections, again and again from the first one.
 *
 * @param random when given, each copy after the first is warped, differently every time
 */
export function copyCorrections({ images, labels }: ImageRoom, room: ImageRoom, random: Random | null): void {
  const warp = random && new Warp(random, WARP_RANGES.elastic);
  for (let i = 0; i < room.labels.length; i++) {
    const from = i % labels.length;
    const source = images.subarray(from * IMAGE_SIZE, (from + 1) * IMAGE_SIZE);
    const target = room.images.subarray(i * IMAGE_SIZE, (i + 1) * IMAGE_SIZE);
    if (warp && i >= labels.length) warp.apply(source, target);
    else target.set(source);
    room.labels[i] = labels[from];
  }
}
