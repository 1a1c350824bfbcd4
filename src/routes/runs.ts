import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../app.ts';
import { CodedError } from '../errors.ts';
import { answerForm } from '../plugins/negotiation.ts';
import type { Run } from '../store/run.ts';
import { NO_CORRECTIONS } from '../training/sentences.ts';
import {
  parseSettings,
  type SettingsErrors,
  type SettingsInput,
  unknownFields,
} from '../training/settings.ts';
import type { HomeContext, RunContext } from './contexts.ts';
import { findRun, type RunParams } from './find-run.ts';
import { defaultSettings } from './forecast.ts';
import { formContext } from './run-form.ts';
import { runJson } from './run-json.ts';
import { progressContext } from './run-progress.ts';

/** `POST /runs` starts what Train starts; `GET /runs/:id` is a run's address; `POST …/stop`, `…/resume`. */
export function runRoutes(app: FastifyInstance, parts: Parts): void {
  const { store, training } = parts;

  app.post('/runs', (request, reply) => {
    const input = settingsInput(request.body);
    const { settings, errors } = parseSettings(input, defaultSettings(parts));
    if (errors) return refuseSettings(request, reply, input, errors);
    const { absent } = parts.speeds.get(settings.engine);
    if (absent !== null) return refuseSettings(request, reply, input, { engine: absent });
    if (settings.data === 'mnist+corrections' && parts.corrections.count() === 0) {
      return refuseSettings(request, reply, input, { data: NO_CORRECTIONS });
    }
    return started(request, reply, training.enqueue(settings));
  });

  app.get<{ Params: RunParams }>('/runs/:id', (request, reply) => {
    const run = findRun(parts, request.params.id);
    if (answerForm(request) === 'json') return reply.header('vary', 'accept').send(runJson(run));
    return reply.page<RunContext>('runs/show', {
      title: `Run ${run.id}`,
      page: 'runs',
      progress: { ...progressContext(parts, run), run },
    });
  });

  app.post<{ Params: RunParams }>('/runs/:id/stop', (request, reply) => {
    const { id } = findRun(parts, request.params.id);
    return changed(request, reply, training.stop(id) as Run);
  });

  app.post<{ Params: RunParams }>('/runs/:id/resume', (request, reply) => {
    const { id, state } = findRun(parts, request.params.id);
    if (state === 'finished' || state === 'failed') throw hasEnded(id, state);
    return changed(request, reply, training.resume(id) as Run);
  });

  function changed(request: FastifyRequest, reply: FastifyReply, run: Run) {
    switch (answerForm(request)) {
      case 'page':
        return reply.redirect(`/runs/${run.id}`, 303);
      case 'fragment':
        return reply.view('runs/_progress', progressContext(parts, run));
      default:
        return reply.send(runJson(run));
    }
  }

  function started(request: FastifyRequest, reply: FastifyReply, run: Run) {
    const location = `/runs/${run.id}`;
    switch (answerForm(request)) {
      case 'page':
        return reply.redirect(location, 303);
      case 'fragment':
        reply.code(201).header('location', location);
        // Behind another run it waits beside what is watched.
        return reply.view('runs/_progress', {
          ...progressContext(parts, run.state === 'queued' ? store.shown() : run),
          historyOutOfBand: true,
        });
      default:
        return reply.code(201).header('location', location).send(runJson(run));
    }
  }

  function refuseSettings(
    request: FastifyRequest,
    reply: FastifyReply,
    input: SettingsInput,
    errors: SettingsErrors,
  ) {
    const form = { ...formContext(parts, input), errors };
    reply.code(422);
    switch (answerForm(request)) {
      case 'page':
        return reply.page<HomeContext>('home/index', {
          title: 'Some settings cannot be used',
          page: 'workbench',
          form,
          progress: progressContext(parts, store.shown()),
        });
      case 'fragment':
        return reply.view('runs/_form', form);
      default:
        return reply.type('application/problem+json').send({
          type: 'about:blank',
          title: 'Cannot be used',
          status: 422,
          code: 'SETTINGS',
          detail: Object.values(errors).join(' '),
          errors,
        });
    }
  }
}

function hasEnded(id: number, state: 'finished' | 'failed'): CodedError {
  const message = `Run ${id} has ${state}: there is nothing to go on with. Train another one with its settings.`;
  return new CodedError({ code: 'RUN_ENDED', status: 409, message });
}

/** @throws CodedError 400 or 422 when the body is no set of fields, or names one that no run has */
function settingsInput(body: unknown): SettingsInput {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new CodedError({
      code: 'NOT_AN_OBJECT',
      status: 400,
      message: 'Send the settings as a form or a JSON object.',
    });
  }
  const unknown = unknownFields(body);
  if (unknown) throw new CodedError({ code: 'UNKNOWN_SETTING', status: 422, message: unknown });
  return body;
}
