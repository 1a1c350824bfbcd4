/** What is looked at: one image, and what a model computes for it. */
import type { FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { softmax } from '../../inside/exact-network.ts';
import type { Inside } from '../../inside/unit.ts';
import { IMAGE_SIZE } from '../../network/lenet5.ts';
import { type Model, modelName } from '../../recognition/model.ts';
import type { Workbench } from '../../workbench.ts';
import { findRun, isId } from '../models/find-run.ts';
import { chosenReaders } from '../models/readers.ts';
import { readingModel } from '../models/serving.ts';

export interface Look extends Inside {
  /** "the built-in model", "run 3, epoch 2" */
  readonly model: string;
  /** What has to be named to look into the same model again; empty for the one that reads the client's drawings. */
  readonly named: { readonly run?: string; readonly epoch?: string };
  /** [K] at the model's temperature. */
  readonly probabilities: Float64Array;
  /** The most probable. */
  readonly digit: number;
}

export async function lookInto(
  { recognition }: Pick<Workbench, 'recognition'>,
  model: Model,
  image: Uint8Array,
  named: Look['named'] = {},
): Promise<Look> {
  const activations = await recognition.inspect(model, image);
  const { weights, activation, inputScale, temperature = 1 } = model;
  const probabilities = softmax(activations.logits, temperature);
  return {
    ...{ weights, activation, inputScale, temperature, image, activations, probabilities, named },
    model: modelName(model),
    digit: probabilities.indexOf(Math.max(...probabilities)),
  };
}

/**
 * The model after an epoch of a run, by default its newest; without a run, the one that reads the client's drawings.
 *
 * @throws CodedError 404 without such a run, 409 when these weights are not kept or there is no model yet
 */
export async function modelNamed(request: FastifyRequest, { run: id, epoch }: Look['named']): Promise<Model> {
  const { workbench } = request;
  if (epoch !== undefined && (id === undefined || !isId(epoch))) throw badEpoch();
  if (id === undefined) {
    const remembered = chosenReaders(request).model;
    const reading = (await readingModel(request, null, { remembered })) ?? workbench.recognition.serving;
    if (reading !== null) return reading;
    throw new CodedError({ code: 'NO_MODEL', status: 409, message: ['errors.pleaseTrainYourModel'] });
  }
  const run = await findRun(workbench, id);
  const wanted = epoch === undefined ? run.epochsDone : Number(epoch);
  const model = await workbench.choice.afterEpoch(run.id, wanted);
  if (model !== null) return model;
  const message: Message =
    run.epochsDone === 0
      ? ['errors.runHasNoWeightsYet', { id: run.id }]
      : ['errors.weightsAreNotKept', { id: run.id, epoch: wanted }];
  throw new CodedError({ code: 'NO_WEIGHTS', status: 409, message });
}

function badEpoch(): CodedError {
  return new CodedError({ code: 'BAD_EPOCH', status: 422, message: ['errors.badEpoch'], field: 'epoch' });
}

export const toPixels = (image: Uint8Array) => Buffer.from(image).toString('base64url');

/** @param text the 784 bytes in base64, in either alphabet @throws CodedError 422 */
export function fromPixels(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === IMAGE_SIZE && /^[\w+/ -]+={0,2}$/.test(text)) return new Uint8Array(bytes);
  throw new CodedError({ code: 'BAD_PIXELS', status: 422, message: ['errors.badPixels'], field: 'pixels' });
}
