import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asText } from '../../recognition/json-field.ts';
import { parseSettings, type SettingsInput } from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { bodyFields } from '../http/bodies.ts';
import { correctionReach } from '../http/owner.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { sendStarted } from './answers.ts';
import { defaultSettings } from './forecast.ts';
import { formContext } from './form.ts';
import type { HomeContext } from './home.ts';
import { wholeRunJson } from './json.ts';
import { sendRunPage } from './page.ts';
import { progressContext, shownRun } from './progress-context.ts';
import {
  type FormErrors,
  readServe,
  sendSettingsProblem,
  settingsInput,
  takeName,
  wrongHere,
} from './settings-input.ts';

/** `POST /runs` starts what Train starts; `GET /runs/:id` is a run's address. */
export function runRoutes(app: FastifyInstance, workbench: Workbench): void {
  const { training } = workbench;

  app.post('/runs', (request, reply) => {
    const { who, serve: asked, ...fields } = bodyFields(request.body);
    const serve = readServe(asked, request);
    const input = settingsInput(fields);
    const { settings, errors = {} } = parseSettings(input, defaultSettings(workbench));
    const corrections = correctionReach(request);
    const wrong: FormErrors = settings ? (wrongHere(workbench, settings, corrections) ?? {}) : errors;
    const wrongName = takeName(request, reply, who);
    const all = wrongName === null ? wrong : { ...wrong, who: wrongName };
    if (!settings || Object.keys(all).length > 0) return refuse(request, reply, input, all, who);
    const run = training.enqueue(settings, { owner: request.owner, corrections, serve });
    return sendStarted(workbench, request, reply, run);
  });

  app.get<{ Params: RunParams; Querystring: { fork?: unknown } }>('/runs/:id', (request, reply) => {
    const run = findRun(workbench, request.params.id);
    if (answerForm(request) === 'json')
      return reply.header('vary', 'accept').send(wholeRunJson(run, app.address));
    // From the table of checkpoints one comes back with the epoch to fork from.
    const { fork } = request.query;
    return sendRunPage(
      workbench,
      request,
      reply,
      run,
      fork === undefined ? {} : { fork: { epoch: fork, input: {} } },
    );
  });

  function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    input: SettingsInput,
    errors: FormErrors,
    who: unknown,
  ) {
    const form = formContext(workbench, request, input, { who: asText(who ?? ''), errors });
    reply.code(422);
    switch (answerForm(request)) {
      case 'page':
        return reply.page<HomeContext>('home/index', {
          title: 'Some settings cannot be used',
          page: 'workbench',
          form,
          progress: progressContext(workbench, request, shownRun(workbench, request)),
        });
      case 'fragment':
        return reply.view('runs/_form', form);
      default:
        return sendSettingsProblem(reply, errors);
    }
  }
}
