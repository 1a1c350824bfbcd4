/** Cross-validation by writers: each drawing is read by a model that was trained on the drawings of others. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { KIND_SETTINGS, trainKinds } from '../../scripts/train-kinds.ts';
import { SHIPPED_SETTINGS } from '../../scripts/train-shipped-model.ts';
import { MNIST_INPUT_SCALE, readMnist } from '../../src/datasets/mnist.ts';
import { type PenDigit, readPenDigits } from '../../src/datasets/pen-digits.ts';
import { HELD_OUT_COUNT } from '../../src/datasets/split.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import { fitTemperature } from '../../src/network/calibration.ts';
import { IMAGE_SIZE } from '../../src/network/lenet5.ts';
import { KindReader } from '../../src/recognition/kind.ts';
import type { Model } from '../../src/recognition/model.ts';
import { readModel } from '../../src/recognition/model-reader.ts';
import { RecognitionService } from '../../src/recognition/recognition-service.ts';
import { fit } from '../../src/training/fit.ts';
import { readFitData } from '../../src/training/fit-data.ts';

/** A model, and the drawings it has not seen. */
export interface Fold {
  readonly service: RecognitionService;
  readonly digits: readonly PenDigit[];
}

/** All drawings, read by one model; for one that was trained on them nothing is held out. */
export async function singleFold(model: Model): Promise<Fold[]> {
  const service = new RecognitionService({ createEngine });
  await service.serve(model);
  return [{ service, digits: readPenDigits() }];
}

export interface FoldOptions {
  readonly count: number;
  readonly epochs: number;
  /** Folder where trained models stay, to be measured again; one whose files are there is not trained. */
  readonly keep?: string | undefined;
}

/**
 * The drawings lie writer after writer, so each of `count` equal pieces has other writers than the rest (but one writer
 * at each cut, who may be on both sides). Both models are trained on the rest as those that are shipped.
 */
export async function trainFolds({ count, epochs, keep }: FoldOptions): Promise<Fold[]> {
  const all = readPenDigits();
  const folds: Fold[] = [];
  for (let fold = 0; fold < count; fold++) {
    const [from, to] = [fold, fold + 1].map((edge) => Math.round((edge * all.length) / count));
    const rest = [...all.slice(0, from), ...all.slice(to)];
    console.log(`fold ${fold + 1} of ${count}: learns from ${rest.length} drawings, ${epochs} epochs`);
    const folder = keep && path.join(keep, `fold-${fold + 1}-of-${count}-epochs-${epochs}`);
    folds.push({ service: await openService(rest, epochs, folder), digits: all.slice(from, to) });
  }
  return folds;
}

async function openService(
  penDigits: PenDigit[],
  epochs: number,
  folder: string | undefined,
): Promise<RecognitionService> {
  const model = await kept(folder, 'digits', () => trainModel(penDigits, epochs));
  const kinds = await kept(folder, 'kinds', async () => ({
    weights: await trainKinds(penDigits, { epochs: Math.ceil(epochs / 2) }),
    activation: KIND_SETTINGS.activation,
    inputScale: MNIST_INPUT_SCALE,
  }));
  const openKinds = () => KindReader.open(createEngine, kinds);
  const service = new RecognitionService({ createEngine, openKinds });
  await service.serve({ ...model, testAccuracy: null, source: { kind: 'file', file: 'fold' } });
  return service;
}

type Trained = Pick<Model, 'weights' | 'activation' | 'inputScale' | 'temperature'>;

/** What is in the folder, or what is trained and then put there. */
async function kept(
  folder: string | undefined,
  name: string,
  train: () => Promise<Trained>,
): Promise<Trained> {
  const file = folder && path.join(folder, `${name}.safetensors`);
  if (file && existsSync(file)) return (await readModel(file)).model;
  const trained = await train();
  if (file) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, writeSafetensors(trained.weights, { ...trained, testAccuracy: null, made: null }));
  }
  return trained;
}

async function trainModel(penDigits: PenDigit[], epochs: number): Promise<Trained> {
  const { activation, optimizer, batchsize: batchSize } = SHIPPED_SETTINGS;
  const way = { activation, inputScale: MNIST_INPUT_SCALE };
  const engine = await createEngine('simd', { ...way, optimizer, batchSize, threads: 1 });
  const data = readFitData(engine, SHIPPED_SETTINGS, null, { penDigits: () => penDigits });
  let weights: Float32Array = new Float32Array();
  const settings = { ...SHIPPED_SETTINGS, epochs, patience: epochs };
  fit(engine, data, settings, {
    batch: () => {},
    epoch: ({ checkpoint }) => {
      weights = checkpoint.weights;
    },
    stopRequested: () => false,
  });
  engine.setState({ weights });
  const mnist = readMnist('train');
  const learnt = mnist.labels.length - HELD_OUT_COUNT;
  const probabilities = engine.predict(mnist.images.subarray(learnt * IMAGE_SIZE));
  const temperature = fitTemperature(probabilities, mnist.labels.subarray(learnt));
  await engine.dispose();
  return { ...way, weights, temperature };
}
