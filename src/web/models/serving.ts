import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Message, Translate } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { asText } from '../../recognition/json-field.ts';
import { type Model, modelName, networkFault } from '../../recognition/model.ts';
import type { ModelBefore, OwnReading } from '../../recognition/model-choice.ts';
import type { Workbench } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { bodyFields } from '../http/bodies.ts';
import type { ReaderContext, ServingContext } from '../page.ts';
import { findRun } from './find-run.ts';

/**
 * `GET /model`: the model in service; `POST /model` with a `run` (or `shipped`, or `file` for the one named by MODEL)
 * puts another model into service.
 */
export function servingRoutes(app: FastifyInstance): void {
  app.get('/model', async (request, reply) =>
    reply.send(modelJson(request.workbench.recognition.serving, await request.workbench.choice.before())),
  );

  app.post('/model', async (request, reply) => {
    const { run, ...others } = bodyFields(request.body);
    const wanted = asText(run ?? '');
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw unknownField(unknown.slice(0, 30));
    if (wanted === '') {
      const message: Message = ['errors.nameARunByIts'];
      throw new CodedError({ code: 'NO_RUN_NAMED', status: 422, message, field: 'run' });
    }
    const isNamed = wanted === 'shipped' || wanted === 'file';
    const chosen = isNamed ? wanted : (await findRun(request.workbench, wanted)).id;
    const model = await request.workbench.choice.serve(chosen, request.owner?.id);
    if (model === null) throw chosen === 'file' ? noFile() : noWeights(wanted);
    if (answerForm(request) === 'json')
      return reply.send(modelJson(model, await request.workbench.choice.before()));
    return reply.redirect('/', 303);
  });
}

/** If it were ignored, an "epoch" would seem to be accepted. */
function unknownField(field: string): CodedError {
  const message: Message = ['errors.aModelIsNamedBy', { field }];
  return new CodedError({ code: 'UNKNOWN_FIELD', status: 422, message, field });
}

function noWeights(run: string): CodedError {
  const message: Message = ['errors.runHasNoWeightsYet2', { run }];
  return new CodedError({ code: 'NO_WEIGHTS', status: 409, message });
}

function noFile(): CodedError {
  const message: Message = ['errors.thereIsNoFileTo'];
  return new CodedError({ code: 'NO_FILE', status: 409, message, field: 'run' });
}

/**
 * The client's own model, which takes precedence over the model in service: on a server with roles, users signed in in a
 * browser have their own runs. Scripts, guests, and everybody on a server without roles use the model in service.
 */
export async function ownReading(request: FastifyRequest): Promise<OwnReading | null> {
  const { owner, role, headers, server } = request;
  if (server.access.open || role === 'guest' || owner === null || 'x-owner' in headers) return null;
  return request.workbench.choice.ownReading(owner.id);
}

/** Null when no model is in service. */
export async function servingContext(request: FastifyRequest): Promise<ServingContext | null> {
  const { serving } = request.workbench.recognition;
  if (serving === null) return null;
  const { model = null, guessing = null } = (await ownReading(request)) ?? {};
  return {
    ...readerContext(request.t, serving),
    own: model && readerContext(request.t, model),
    guessing: guessing && { runId: guessing.id, accuracy: guessing.bestValAccuracy! },
  };
}

/** The run in service; null when another model is. */
export function servingRunId({ recognition }: Pick<Workbench, 'recognition'>): number | null {
  const source = recognition.serving?.source;
  return source?.kind === 'run' ? source.runId : null;
}

function readerContext(t: Translate, model: Model): ReaderContext {
  return {
    name: modelName(model, t),
    runId: model.source.kind === 'run' ? model.source.runId : null,
    testAccuracy: model.testAccuracy,
    isReliable: networkFault(model) === null,
  };
}

function modelJson(model: Model | null, before: ModelBefore | null) {
  if (model === null) return { model: null };
  const { source, activation, inputScale, testAccuracy } = model;
  return {
    model: modelName(model),
    source,
    activation,
    inputScale,
    testAccuracy,
    before: before && { model: before.name, run: before.choice, testAccuracy: before.testAccuracy },
  };
}
