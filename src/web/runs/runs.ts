import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { asText } from '../../recognition/json-field.ts';
import { modelName } from '../../recognition/model.ts';
import { fineTuneSettings } from '../../runs/fine-tune.ts';
import { parseSettings, type SettingsInput } from '../../training/settings.ts';
import { answerForm } from '../answer.ts';
import { bodyFields } from '../http/bodies.ts';
import { correctionReach } from '../http/owner.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { readerFields } from '../models/readers.ts';
import { sendStarted } from './answers.ts';
import { defaultSettings } from './forecast.ts';
import { formContext, type HomeContext } from './form.ts';
import { runJson, wholeRunJson } from './json.ts';
import { sendRunPage } from './page.ts';
import { progressContext, shownRun } from './progress.ts';
import {
  type FormErrors,
  missingCorrections,
  readServe,
  sendSettingsProblem,
  settingsInput,
  takeName,
  wrongHere,
} from './settings.ts';
import { startOf } from './start.ts';

/** `POST /runs` starts what Train starts; `GET /runs/:id` is a run's address. */
export function runRoutes(app: FastifyInstance): void {
  app.post('/runs', async (request, reply) => {
    const { who, serve: asked, ...fields } = bodyFields(request.body);
    const serve = readServe(asked, request);
    const input = settingsInput(fields);
    const { settings, errors = {} } = parseSettings(input, defaultSettings(request.workbench));
    const corrections = correctionReach(request);
    const wrong: FormErrors = settings
      ? ((await wrongHere(request.workbench, settings, corrections)) ?? {})
      : errors;
    const wrongName = takeName(request, reply, who);
    const all = wrongName === null ? wrong : { ...wrong, who: wrongName };
    if (!settings || Object.keys(all).length > 0) return refuse(request, reply, input, all, who);
    const run = await request.workbench.training.enqueue(settings, { ...startOf(request), serve });
    return await sendStarted(request, reply, run);
  });

  app.get<{ Params: RunParams; Querystring: { fork?: unknown } }>('/runs/:id', async (request, reply) => {
    const run = await findRun(request.workbench, request.params.id);
    if (answerForm(request) === 'json')
      return reply.header('vary', 'accept').send(wholeRunJson(run, app.address));
    // The table of checkpoints links here with the epoch to fork from.
    const { fork } = request.query;
    return await sendRunPage(
      request,
      reply,
      run,
      fork === undefined ? {} : { fork: { epoch: fork, input: {} } },
    );
  });

  async function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    input: SettingsInput,
    errors: FormErrors,
    who: unknown,
  ) {
    const form = formContext(request, input, { who: asText(who ?? ''), errors });
    reply.code(422);
    switch (answerForm(request)) {
      case 'page':
        return reply.page<HomeContext>('home/index', {
          title: request.t('home.settingsCannotBeUsed'),
          page: 'workbench',
          form,
          progress: await progressContext(request, await shownRun(request.workbench, request)),
          readers: await readerFields(request),
        });
      case 'fragment':
        return reply.view('runs/_form', form);
      default:
        return sendSettingsProblem(reply, errors);
    }
  }
}

/** `POST /fine-tunes`: a short run from the weights of the model in service, on the client's own corrections, an admin's on all. */
export function fineTuneRoutes(app: FastifyInstance): void {
  app.post('/fine-tunes', async (request, reply) => {
    const { serving } = request.workbench.recognition;
    if (serving === null) throw refusal('NO_MODEL', ['errors.pleaseTrainYourModel']);
    const start = startOf(request);
    const missing = await missingCorrections(request.workbench, start.corrections);
    if (missing !== null) throw refusal('NO_CORRECTIONS', missing);
    const { source, activation, inputScale, weights } = serving;
    const { runId, epoch } = source.kind === 'run' ? source : { runId: null, epoch: null };
    const from = { weights, parent: { name: modelName(serving), runId, epoch } };
    const { training } = request.workbench;
    const run = await training.enqueue(fineTuneSettings(activation), { ...start, inputScale, from });
    const location = `/runs/${run.id}`;
    if (answerForm(request) !== 'json') return reply.redirect(location, 303);
    return reply.code(201).header('location', location).send(runJson(run, app.address));
  });
}

function refusal(code: string, message: Message): CodedError {
  return new CodedError({ code, status: 409, message });
}
