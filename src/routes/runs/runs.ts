import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import { correctionReach } from '../../plugins/owner.ts';
import { asText } from '../../recognition/json-field.ts';
import { parseSettings, type SettingsInput } from '../../training/settings.ts';
import type { HomeContext } from '../contexts.ts';
import { findRun, type RunParams } from './find-run.ts';
import { defaultSettings } from './forecast.ts';
import { progressContext, shownRun } from './progress-context.ts';
import { sendStarted } from './run-answers.ts';
import { formContext } from './run-form.ts';
import { wholeRunJson } from './run-json.ts';
import { sendRunPage } from './run-page.ts';
import {
  bodyFields,
  type FormErrors,
  readServe,
  sendSettingsProblem,
  settingsInput,
  takeName,
  wrongHere,
} from './settings-input.ts';

/** `POST /runs` starts what Train starts; `GET /runs/:id` is a run's address. */
export function runRoutes(app: FastifyInstance, parts: Parts): void {
  const { training } = parts;

  app.post('/runs', (request, reply) => {
    const { who, serve: asked, ...fields } = bodyFields(request.body);
    const serve = readServe(asked, request);
    const input = settingsInput(fields);
    const { settings, errors = {} } = parseSettings(input, defaultSettings(parts));
    const corrections = correctionReach(request);
    const wrong: FormErrors = settings ? (wrongHere(parts, settings, corrections) ?? {}) : errors;
    const wrongName = takeName(request, reply, who);
    const all = wrongName === null ? wrong : { ...wrong, who: wrongName };
    if (!settings || Object.keys(all).length > 0) return refuse(request, reply, input, all, who);
    const run = training.enqueue(settings, { owner: request.owner, corrections, serve });
    return sendStarted(parts, request, reply, run);
  });

  app.get<{ Params: RunParams; Querystring: { fork?: unknown } }>('/runs/:id', (request, reply) => {
    const run = findRun(parts, request.params.id);
    if (answerForm(request) === 'json') return reply.header('vary', 'accept').send(wholeRunJson(run));
    // From the table of checkpoints one comes back with the epoch to fork from.
    const { fork } = request.query;
    return sendRunPage(
      parts,
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
    const form = { ...formContext(parts, request, input, { who: asText(who ?? '') }), errors };
    reply.code(422);
    switch (answerForm(request)) {
      case 'page':
        return reply.page<HomeContext>('home/index', {
          title: 'Some settings cannot be used',
          page: 'workbench',
          form,
          progress: progressContext(parts, request, shownRun(parts, request)),
        });
      case 'fragment':
        return reply.view('runs/_form', form);
      default:
        return sendSettingsProblem(reply, errors);
    }
  }
}
