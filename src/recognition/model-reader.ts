import path from 'node:path';
import { createEngine } from '../engines/create-engine.ts';
import { readModelFile } from '../formats/model-file.ts';
import type { TrainedWeights } from '../formats/trained-weights.ts';
import { type Reading, rankReadings } from './input-scale.ts';
import type { Model } from './model.ts';

const SHIPPED = path.join(import.meta.dirname, '../../weights/lenet5.safetensors');
/** MNIST test images that a file is tried on when it does not say how it was trained. */
const TRIED_IMAGES = 1000;
/** A model that reads less was not trained on MNIST, or is none. */
const LEAST_ACCURACY = 0.5;

export interface ReadModel {
  readonly model: Model;
  /** For people: what was read and, where the file left it open, how it is taken. */
  readonly sentence: string;
}

/**
 * Reads the model in a safetensors or Keras HDF5 file. What the file does not say, MNIST's test images decide.
 *
 * @throws CodedError 422 with the sentence why it cannot be read
 */
export async function readModel(file: string): Promise<ReadModel> {
  const name = path.basename(file);
  const trained = await readModelFile(file);
  if (isStated(trained))
    return { model: toModel(name, trained, trained), sentence: describeStated(name, trained) };
  const readings = await rankReadings(trained, { createEngine, count: TRIED_IMAGES });
  return { model: toModel(name, trained, readings[0]), sentence: describeTried(name, readings) };
}

/** The model in weights/ that came with the workbench. */
export async function readShippedModel(): Promise<Model> {
  const { model } = await readModel(SHIPPED);
  return { ...model, source: { kind: 'shipped' } };
}

type Way = Pick<Model, 'activation' | 'inputScale'>;

function isStated(trained: TrainedWeights): trained is TrainedWeights & Way {
  return trained.activation !== null && trained.inputScale !== null;
}

function toModel(
  file: string,
  { weights, testAccuracy }: TrainedWeights,
  { activation, inputScale }: Way,
): Model {
  return { source: { kind: 'file', file }, activation, inputScale, weights, testAccuracy };
}

function describeStated(name: string, { activation, testAccuracy }: TrainedWeights): string {
  const accuracy = testAccuracy === null ? '' : `, ${percent(testAccuracy, 2)} right on MNIST's test images`;
  return `Reading with ${name}: ${activation}${accuracy}.`;
}

function describeTried(name: string, [best, ...others]: readonly Reading[]): string {
  const tried = `${TRIED_IMAGES.toLocaleString('en')} MNIST test images`;
  const rest = others.map((other) => `${describeWay(other)} ${percent(other.accuracy, 1)}`).join(', ');
  const found = `Reading with ${name}: taken as ${describeWay(best)}, which reads ${percent(best.accuracy, 1)} of ${tried} (${rest}).`;
  return best.accuracy >= LEAST_ACCURACY ? found : `${found} That is no model trained on MNIST.`;
}

function describeWay({ activation, inputScale }: Reading): string {
  return `${activation} on inputs of ${inputScale === 1 ? '0–255' : '0–1'}`;
}

const percent = (share: number, digits: number) => `${(100 * share).toFixed(digits)} %`;
