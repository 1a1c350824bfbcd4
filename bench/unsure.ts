/**
 * Of how many drawings a network is unsure by its own fault, by how much it reads of the validation images: `node
 * bench/unsure.ts`. A drawing is clear when the shipped model reads it surely and right. Drawn are MNIST's test images;
 * read by networks that are stopped amid their first two epochs.
 */
import { Batches } from '../src/datasets/batches.ts';
import { MNIST_INPUT_SCALE, readMnist } from '../src/datasets/mnist.ts';
import { createEngine } from '../src/engines/create-engine.ts';
import type { Engine } from '../src/engines/engine.ts';
import { fitTemperature } from '../src/network/calibration.ts';
import { glorotUniform } from '../src/network/initializers.ts';
import { IMAGE_SIZE } from '../src/network/lenet5.ts';
import { Random } from '../src/network/random.ts';
import type { Model } from '../src/recognition/model.ts';
import { readShippedModel } from '../src/recognition/model-reader.ts';
import { isSure } from '../src/recognition/reading.ts';
import { RecognitionService } from '../src/recognition/recognition-service.ts';
import { readFitData } from '../src/training/fit-data.ts';
import type { FitData } from '../src/training/image-set.ts';
import { STREAMS } from '../src/training/image-set.ts';
import { DEFAULT_SETTINGS, type Settings } from '../src/training/settings.ts';

const NETWORKS: readonly Partial<Settings>[] = [
  { activation: 'relu', optimizer: 'adam', learningrate: 0.001, seed: 1 },
  { activation: 'tanh', optimizer: 'sgd', learningrate: 0.02, seed: 2 },
  { activation: 'sigmoid', optimizer: 'adam', learningrate: 0.002, seed: 3 },
  { activation: 'relu', optimizer: 'rmsprop', learningrate: 0.001, seed: 4 },
];
/** Steps after which each is tried. */
const STEPS: readonly number[] = [40, 80, 150, 200, 300, 400, 600, 900, 1300, 1718, 3436];

const { images, labels } = readMnist('test');
const service = new RecognitionService({ createEngine });
await service.serve(await readShippedModel());
const shipped = service.recognise(images);
const clear = shipped.map((answer, i) => isSure(answer) && answer.digit === labels[i]);
console.log(`The shipped model is unsure of ${share(shipped.filter((answer) => !isSure(answer)).length)}.\n`);
console.log('network           steps  validation  unsure of clear ones');
for (const network of NETWORKS) await tryOut({ ...DEFAULT_SETTINGS, ...network });
await service.close();

async function tryOut(settings: Settings): Promise<void> {
  const { activation, optimizer, batchsize: batchSize, learningrate, seed } = settings;
  const options = { activation, optimizer, batchSize, inputScale: MNIST_INPUT_SCALE, threads: 1 };
  const engine = await createEngine('simd', options);
  const data = readFitData(engine, settings);
  engine.setState({ weights: glorotUniform(new Random(seed, STREAMS.weights)) });
  engine.learningRate = learningrate;
  const batches = new Batches(data.training, batchSize, new Random(seed, STREAMS.shuffle));
  for (let step = 0; step < STEPS.at(-1)!; ) {
    for (const batch of batches.epoch()) {
      engine.trainStep(data.training.images, batch);
      if (!STEPS.includes(++step)) continue;
      const model = modelOf(engine, data, settings);
      const answers = await service.recogniseBy(model, images);
      const unsure = answers.filter((answer, i) => clear[i] && !isSure(answer)).length;
      const row = [`${activation} ${optimizer}`.padEnd(16), String(step).padStart(6)];
      console.log(
        [...row, share(model.validationAccuracy! * 1e4).padStart(10), share(unsure).padStart(9)].join('  '),
      );
    }
  }
  await engine.dispose();
}

/** As a run that ends has it, with its temperature. */
function modelOf(engine: Engine, { validation }: FitData, { activation }: Settings): Model {
  const { images, from, to } = validation;
  const probabilities = engine.predict(images.images.subarray(from * IMAGE_SIZE, to * IMAGE_SIZE));
  return {
    source: { kind: 'run', runId: 1, epoch: 1 },
    activation,
    inputScale: MNIST_INPUT_SCALE,
    weights: engine.getState().weights,
    testAccuracy: null,
    validationAccuracy: engine.evaluate(images, from, to).accuracy,
    temperature: fitTemperature(probabilities, images.labels.subarray(from, to)),
  };
}

/** Of the 10,000 test images. */
function share(count: number): string {
  return `${(count / 100).toFixed(2)} %`;
}
