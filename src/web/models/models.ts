import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { readTestLabels } from '../../datasets/mnist.ts';
import { readPenDigits } from '../../datasets/pen-digits.ts';
import { CodedError } from '../../errors.ts';
import { asText } from '../../recognition/json-field.ts';
import { type Model, type ModelSource, modelName } from '../../recognition/model.ts';
import { modelId, servedId } from '../../recognition/model-id.ts';
import type { Service, ServiceReason } from '../../runs/service.ts';
import { type Change, change } from '../../statistics/change.ts';
import { inSlices } from '../../time-slices.ts';
import { answerForm } from '../answer.ts';
import { bodyFields } from '../http/bodies.ts';
import { NO_HEAD } from '../http/event-stream.ts';
import { whose } from '../http/owner.ts';
import type { PageContext } from '../page.ts';
import { noSuchModel, versionJson } from './serving.ts';

/** Entries of the history, and runs, that are listed. */
const LISTED = 100;
/** Images that are shown of those that are won or lost. */
const SHOWN = 20;

/** A model as scripts and pages see it. */
interface ModelEntry {
  readonly id: string;
  readonly name: string;
  readonly run: number | null;
  readonly epoch: number | null;
  readonly testAccuracy: number | null;
  readonly validationAccuracy: number | null;
  readonly inService: boolean;
}

/** An entry of the history. */
interface ServiceEntry {
  /** Number of the entry: its entity tag. */
  readonly entry: number;
  readonly model: string;
  readonly name: string;
  readonly run: number | null;
  readonly epoch: number | null;
  readonly since: string;
  readonly reason: ServiceReason;
  /** Who chose it: "Ada's" as a name; null when nobody or the client did. */
  readonly chosenBy: string | null;
  readonly isKept: boolean;
}

/** On which images models are compared. */
type SetName = 'test' | 'pens' | 'corrections';

type Comparison = { readonly [Name in SetName]?: Change };

/** views/models/index.eta */
interface ModelsContext extends PageContext {
  readonly current: ModelEntry;
  readonly service: ServiceEntry;
  readonly change: { readonly test: Change; readonly pens: Change };
  readonly history: readonly ServiceEntry[];
  /** The model that rolling back leads to; null when there is none. */
  readonly before: string | null;
  readonly models: readonly ModelEntry[];
  readonly mayServe: boolean;
}

/** views/models/show.eta */
interface ModelContext extends PageContext {
  readonly model: ModelEntry;
  readonly current: ModelEntry;
  readonly entry: number;
  readonly sets: readonly { readonly name: SetName; readonly change: Change }[];
  /** Is it worse than the one in service on any of the sets? */
  readonly isWorse: boolean;
  readonly won: readonly number[][];
  readonly lost: readonly number[][];
  readonly mayServe: boolean;
}

type ModelRequest = FastifyRequest<{ Params: { id: string } }>;

/**
 * `GET /models`: the model in service, those before it, and those that could be. `GET /models/:id` compares one with the model in
 * service; `POST /models/:id/promote` puts it into service, `POST /models/rollback` the one before. `If-Match` with the entity tag
 * of `GET /models` refuses to do so when another one has come into service since. `GET /model/events` tells of each.
 */
export function modelRoutes(app: FastifyInstance): void {
  app.get('/models', async (request, reply) => {
    const { choice } = request.workbench;
    const isJson = answerForm(request) === 'json';
    const current = entryOf(request, inService(request), isJson);
    const history = (await choice.history(LISTED)).map((service) => serviceEntry(request, service, isJson));
    const models = await allModels(request, isJson);
    reply.header('etag', `"${choice.service.id}"`).header('vary', 'accept');
    if (isJson) return reply.send({ service: history[0], current, history, models });
    const { test, pens } = await compare(request, inService(request), { withCorrections: false });
    return reply.page<ModelsContext>('models/index', {
      title: request.t('models.models'),
      page: 'models',
      current,
      service: history[0],
      change: { test: test!, pens: pens! },
      history,
      before: (await choice.before())?.name ?? null,
      models,
      mayServe: request.role === 'admin',
    });
  });

  app.get('/models/:id', async (request: ModelRequest, reply) => {
    const model = await findModel(request);
    const isJson = answerForm(request) === 'json';
    const comparison = await compare(request, model, { withCorrections: true });
    const entry = entryOf(request, model, isJson);
    const current = entryOf(request, inService(request), isJson);
    reply.header('etag', `"${request.workbench.choice.service.id}"`).header('vary', 'accept');
    if (isJson) return reply.send({ ...entry, comparedWith: current.id, comparison });
    const { won = [], lost = [] } = comparison.test ?? {};
    const shown = [won.slice(0, SHOWN), lost.slice(0, SHOWN)];
    const pictures = await Promise.all(
      shown.map(async (indices) => imagesIn((await request.workbench.examiner.pictures(indices, [])).test)),
    );
    const sets = (['test', 'pens', 'corrections'] as const).flatMap((name) => {
      const change = comparison[name];
      return change ? [{ name, change }] : [];
    });
    return reply.page<ModelContext>('models/show', {
      title: entry.name,
      page: 'models',
      model: entry,
      current,
      entry: request.workbench.choice.service.id,
      sets,
      isWorse: sets.some(({ change }) => change.verdict === 'worse'),
      won: pictures[0],
      lost: pictures[1],
      mayServe: request.role === 'admin',
    });
  });

  app.post('/models/:id/promote', async (request: ModelRequest, reply) => {
    const { choice } = request.workbench;
    const expected = expectedEntry(request);
    const { id } = request.params;
    const model = await choice.serve(id, { by: request.owner, expected });
    if (model === null) throw noSuchModel(id);
    return sendService(request, reply);
  });

  app.post('/models/rollback', async (request, reply) => {
    const { choice } = request.workbench;
    const model = await choice.rollBack({ by: request.owner, expected: expectedEntry(request) });
    if (model === null) {
      throw new CodedError({ code: 'NO_MODEL_BEFORE', status: 409, message: ['errors.noModelBefore'] });
    }
    return sendService(request, reply);
  });

  app.get('/model/events', NO_HEAD, async (request, reply) => {
    const { choice } = request.workbench;
    const stream = app.eventStreams.open(reply);
    const tell = (service: Service) =>
      stream.send({
        event: 'model',
        id: String(service.id),
        data: serviceEntry(request, service, true),
      });
    choice.on('service', tell);
    stream.onClose(() => choice.off('service', tell));
    if (request.headers['last-event-id'] !== String(choice.service.id)) tell(choice.service);
    return reply;
  });

  async function sendService(request: FastifyRequest, reply: FastifyReply) {
    const { choice } = request.workbench;
    if (answerForm(request) !== 'json') return reply.redirect('/models', 303);
    const [service] = await choice.history(1);
    return reply.header('etag', `"${service.id}"`).send(serviceEntry(request, service, true));
  }
}

/** @throws CodedError 404 */
async function findModel(request: ModelRequest): Promise<Model> {
  const model = await request.workbench.choice.model(request.params.id);
  if (model === null) throw noSuchModel(request.params.id);
  return model;
}

/** @throws CodedError 409 */
function inService({ workbench }: FastifyRequest): Model {
  const { serving } = workbench.recognition;
  if (serving !== null) return serving;
  throw new CodedError({ code: 'NO_MODEL', status: 409, message: ['errors.pleaseTrainYourModel'] });
}

/** By `If-Match`, or a form's `entry`. @throws CodedError 412 for a tag that never was one */
function expectedEntry(request: FastifyRequest): number | undefined {
  const { entry, ...others } = bodyFields(request.body);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const message: Message = ['errors.promotionTakes', { field: unknown.slice(0, 30) }];
    throw new CodedError({ code: 'UNKNOWN_FIELD', status: 422, message, field: unknown.slice(0, 30) });
  }
  const tag = request.headers['if-match'] ?? (entry === undefined ? '*' : `"${asText(entry)}"`);
  if (tag === '*') return undefined;
  const [, id] = /^(?:W\/)?"(\d{1,15})"$/.exec(tag) ?? [];
  if (id !== undefined) return Number(id);
  throw new CodedError({
    code: 'PRECONDITION_FAILED',
    status: 412,
    message: ['errors.anotherIsInService'],
  });
}

function entryOf(request: FastifyRequest, model: Model, isJson: boolean): ModelEntry {
  const { version: id, ...where } = versionJson(model);
  const { serving } = request.workbench.recognition;
  return {
    id,
    name: isJson ? modelName(model) : modelName(model, request.t),
    ...where,
    testAccuracy: model.testAccuracy,
    validationAccuracy: model.validationAccuracy ?? null,
    inService: serving !== null && modelId(serving) === id,
  };
}

function serviceEntry(request: FastifyRequest, service: Service, isJson: boolean): ServiceEntry {
  const { id, model, since, reason, chosenBy, isKept } = service;
  const source: ModelSource =
    model.kind === 'file' ? { kind: 'file', file: 'MODEL' } : (model as ModelSource);
  const name = isJson ? modelName({ source }) : modelName({ source }, request.t);
  const { runId: run = null, epoch = null } = model.kind === 'run' ? model : {};
  return {
    entry: id,
    model: servedId(model),
    name,
    run,
    epoch,
    since,
    reason,
    chosenBy: chosenBy && (chosenBy.name || whose(request, { owner: chosenBy })),
    isKept,
  };
}

/** The shipped one, MODEL's, and the best epoch of each of the newest runs that have one. */
async function allModels(request: FastifyRequest, isJson: boolean): Promise<ModelEntry[]> {
  const { choice, store, recognition } = request.workbench;
  const named = await Promise.all(['shipped', 'file'].map((id) => choice.model(id)));
  const { runs } = await store.list({ limit: LISTED });
  const serving = recognition.serving && modelId(recognition.serving);
  return [
    ...named.flatMap((model) => (model ? [entryOf(request, model, isJson)] : [])),
    ...runs.flatMap((run): ModelEntry[] => {
      if (run.bestEpoch === null) return [];
      const source = { kind: 'run', runId: run.id, epoch: run.bestEpoch } as const;
      return [
        {
          id: String(run.id),
          name: isJson ? modelName({ source }) : modelName({ source }, request.t),
          run: run.id,
          epoch: run.bestEpoch,
          testAccuracy: run.testAccuracy,
          validationAccuracy: run.bestValAccuracy,
          inService: serving === String(run.id),
        },
      ];
    }),
  ];
}

/** What would change if it took the place of the model in service. */
async function compare(
  request: FastifyRequest,
  model: Model,
  { withCorrections }: { readonly withCorrections: boolean },
): Promise<Comparison> {
  const { examiner, corrections } = request.workbench;
  const serving = inService(request);
  const [now, before] = await Promise.all([examiner.standard(model), examiner.standard(serving)]);
  const common = {
    test: change(readTestLabels(), now.test, before.test),
    pens: change(penLabels(), now.pens, before.pens),
  };
  if (!withCorrections) return common;
  const images: Uint8Array[] = [];
  const truths: number[] = [];
  for await (const { image, truth } of inSlices(corrections.each())) {
    images.push(image);
    truths.push(truth);
  }
  if (truths.length === 0) return common;
  const all = new Uint8Array(Buffer.concat(images));
  const answers = await Promise.all([model, serving].map((each) => examiner.answers(each, all)));
  return { ...common, corrections: change(Uint8Array.from(truths), answers[0], answers[1]) };
}

let ofPens: Uint8Array | null = null;

/** [1,499]; read once. */
function penLabels(): Uint8Array {
  ofPens ??= Uint8Array.from(readPenDigits(), ({ label }) => label);
  return ofPens;
}

function imagesIn(images: Uint8Array): number[][] {
  return Array.from({ length: images.length / 784 }, (_, i) => [...images.subarray(i * 784, (i + 1) * 784)]);
}
