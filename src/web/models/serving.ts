import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Message, Translate } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { asText } from '../../recognition/json-field.ts';
import { type Model, modelName, networkFault } from '../../recognition/model.ts';
import type { ModelBefore, OwnReading } from '../../recognition/model-choice.ts';
import { modelId } from '../../recognition/model-id.ts';
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
    reply
      .header('etag', `"${request.workbench.choice.service.id}"`)
      .send(modelJson(request.workbench.recognition.serving, await request.workbench.choice.before())),
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
    const model = await request.workbench.choice.serve(chosen, { by: request.owner });
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

/** Which model reads when the client names none. */
interface ReadingDefaults {
  readonly byDefault?: 'mine' | 'service';
  /** What the browser has chosen. */
  readonly remembered?: string;
}

/**
 * The model that reads what a client sends; null for the one in service.
 *
 * @param named in the body: a model's id, "service" or "mine", which is the client's own if it has one; null for the address's `model`
 * @throws CodedError 404
 */
export async function readingModel(
  request: FastifyRequest,
  named: string | null,
  { byDefault = 'mine', remembered = '' }: ReadingDefaults = {},
): Promise<Model | null> {
  const { model = '' } = request.query as { model?: unknown };
  // What a browser remembers: scripts have no cookies.
  const wanted = (named ?? asText(model)) || (byDefault === 'mine' && remembered) || byDefault;
  if (wanted === 'service') return null;
  if (wanted === 'mine') return (await ownReading(request))?.model ?? null;
  const found = await request.workbench.choice.model(wanted);
  if (found === null) throw noSuchModel(wanted);
  return found === request.workbench.recognition.serving ? null : found;
}

export function noSuchModel(id: string): CodedError {
  const message: Message = ['errors.noSuchModel', { id: id.slice(0, 20) }];
  return new CodedError({ code: 'NO_SUCH_MODEL', status: 404, message, field: 'model' });
}

/** Which weights have read: the version is the model's id. */
export function versionJson(model: Model) {
  const { runId: run = null, epoch = null } = model.source.kind === 'run' ? model.source : {};
  return { version: modelId(model), run, epoch };
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
    before: before && {
      model: before.name,
      run: /^\d+$/.test(before.id) ? Number(before.id) : before.id,
      testAccuracy: before.testAccuracy,
    },
  };
}
