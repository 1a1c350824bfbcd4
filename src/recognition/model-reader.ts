import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readModelFile } from '../formats/model-file.ts';
import { readSafetensors } from '../formats/safetensors.ts';
import { badModelFile } from '../formats/trained-weights.ts';
import { type Reading, rankReadings } from './input-scale.ts';
import type { Model } from './model.ts';
import type { CreateEngine } from './recognition-service.ts';

/** The model that comes with the workbench. */
const SHIPPED = new URL('../../weights/lenet5.safetensors', import.meta.url);

/** Weights that read less of MNIST than this, in every way they can be taken, are not for reading digits. */
const LEAST_ACCURACY = 0.5;

export async function readShippedModel(): Promise<Model> {
  const { weights, activation, inputScale, testAccuracy } = readSafetensors(await readFile(SHIPPED));
  return {
    source: { kind: 'shipped' },
    weights,
    activation: activation!,
    inputScale: inputScale!,
    testAccuracy,
  };
}

/**
 * Reads somebody's weights file. What the file does not say (its activation, the scale of its inputs) is found out by
 * reading MNIST with it.
 *
 * @returns the model, and a sentence for the one who started the server
 * @throws CodedError 422 when it cannot be read, or reads MNIST in no way
 */
export async function readModel(
  file: string,
  createEngine: CreateEngine,
): Promise<{ model: Model; sentence: string }> {
  const trained = await readModelFile(file);
  const name = path.basename(file);
  const [best] = await rankReadings(trained, { createEngine });
  if (best.accuracy < LEAST_ACCURACY) {
    throw badModelFile(
      `${name} reads only ${percent(best.accuracy)} of MNIST: it was not trained on digits.`,
    );
  }
  const { activation, inputScale } = best;
  const { weights, testAccuracy } = trained;
  const source = { kind: 'file', file: name } as const;
  return { model: { source, weights, activation, inputScale, testAccuracy }, sentence: sentence(name, best) };
}

function sentence(name: string, { activation, inputScale, accuracy }: Reading): string {
  const inputs = inputScale === 1 ? '0–255' : '0–1';
  return `Reading with ${name}: ${activation}, inputs of ${inputs}, ${percent(accuracy)} of 1,000 MNIST test images right.`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
