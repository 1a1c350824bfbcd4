/** Corrected drawings, as training data. */

import { WARP_RANGES, Warp } from '../datasets/augmentation.ts';
import type { ImageRoom } from '../datasets/mnist.ts';
import { toIdx } from '../formats/idx.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
import type { Random } from '../network/random.ts';

/** The part of a correction used in training. */
export interface CorrectedImage {
  /** 0–9: the right digit. */
  readonly truth: number;
  /** [28, 28] bytes, 0 = paper, 255 = ink. */
  readonly image: Uint8Array;
  /** From 1, among those of its owner: decides whether it is held out. */
  readonly number: number;
}

/** Plain memory, so that it can be sent to the training thread. */
export interface CorrectedImages {
  /** To train on. */
  readonly learnt: ImageRoom;
  /** Never trained on, so they measure a network fairly. */
  readonly apart: ImageRoom;
}

/** An owner's first corrections are all trained on: a few are too valuable, and too few to measure with. */
const ALL_LEARNT = 20;
/** Every fifth of the later ones is held out. */
const KEPT_APART = 5;

/**
 * Whether a correction is held out depends on its number, so that it is the same in every run, whatever is deleted.
 *
 * @param number from 1, among those of its owner
 */
export function isKeptApart(number: number): boolean {
  return number > ALL_LEARNT && number % KEPT_APART === 0;
}

/** Those to train on, and those held out. */
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

/** The images in MNIST's file format. @param images [28, 28] bytes each */
export function imagesFile(images: readonly Uint8Array[]): Buffer {
  return toIdx([images.length, IMAGE_SIDE, IMAGE_SIDE], Buffer.concat(images));
}

/** @param truths 0–9 each */
export function labelsFile(truths: readonly number[]): Buffer {
  return toIdx([truths.length], Uint8Array.from(truths));
}

/**
 * Fills `room` with the corrections, cycling through them.
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
