import path from 'node:path';
import { createEngine } from '../engines/create-engine.ts';
import { readModelFile } from '../formats/model-file.ts';
import { badModelFile, type TrainedWeights } from '../formats/trained-weights.ts';
import { DIGITS } from '../network/lenet5.ts';
import { type Reading, rankReadings } from './input-scale.ts';
import type { Model } from './model.ts';

/** The model that comes with the workbench. */
const SHIPPED = path.join(import.meta.dirname, '../../weights/lenet5.safetensors');
/** MNIST test images used to try out a file that does not state how it was trained. */
const TRIED_IMAGES = 1000;
/** Weights with a lower accuracy than this on MNIST, however interpreted, are not for digits. */
const LEAST_ACCURACY = 0.5;

/** @throws CodedError 422 when it is missing or damaged */
export async function readShippedModel(): Promise<Model> {
  const trained = await readModelFile(SHIPPED);
  if (!isStated(trained))
    throw badModelFile('The built-in model is not the one that belongs to this version.');
  return { ...toModel('lenet5.safetensors', trained, trained), source: { kind: 'shipped' } };
}

/**
 * Reads a user's safetensors or Keras HDF5 file. What the file does not state (activation, scale of the inputs) is
 * determined by trying it on MNIST.
 *
 * @returns the model, and a sentence to print at the start
 * @throws CodedError 422 when it cannot be read, or reads MNIST in no way
 */
export async function readModel(file: string): Promise<{ model: Model; sentence: string }> {
  const name = path.basename(file);
  const trained = await readModelFile(file);
  if (trained.network !== DIGITS) {
    const { classes } = trained.network;
    throw badModelFile(`${name} has ${classes} classes; the workbench reads the ten digits.`);
  }
  if (isStated(trained)) {
    return { model: toModel(name, trained, trained), sentence: describeStated(name, trained) };
  }
  const readings = await rankReadings(trained, { createEngine, count: TRIED_IMAGES });
  const [{ accuracy }] = readings;
  if (accuracy < LEAST_ACCURACY) {
    throw badModelFile(
      `${name} gets only ${percent(accuracy, 1)} of MNIST right: it was not trained on digits.`,
    );
  }
  return { model: toModel(name, trained, readings[0]), sentence: describeTried(name, readings) };
}

type Way = Pick<Model, 'activation' | 'inputScale'>;

function isStated(trained: TrainedWeights): trained is TrainedWeights & Way {
  return trained.activation !== null && trained.inputScale !== null;
}

function toModel(
  file: string,
  { weights, testAccuracy, temperature }: TrainedWeights,
  { activation, inputScale }: Way,
): Model {
  return { source: { kind: 'file', file }, activation, inputScale, weights, testAccuracy, temperature };
}

function describeStated(name: string, { activation, testAccuracy }: TrainedWeights): string {
  const accuracy = testAccuracy === null ? '' : `, ${percent(testAccuracy, 2)} right on MNIST's test images`;
  return `Using ${name}: ${activation}${accuracy}.`;
}

function describeTried(name: string, [best, ...others]: readonly Reading[]): string {
  const tried = `${TRIED_IMAGES.toLocaleString('en')} MNIST test images`;
  const rest = others.map((other) => `${describeWay(other)} ${percent(other.accuracy, 1)}`).join(', ');
  return `Using ${name}: taken as ${describeWay(best)}, which gets ${percent(best.accuracy, 1)} right of ${tried} (${rest}).`;
}

function describeWay({ activation, inputScale }: Reading): string {
  return `${activation} on inputs of ${inputScale === 1 ? '0–255' : '0–1'}`;
}

const percent = (share: number, digits: number) => `${(100 * share).toFixed(digits)} %`;
