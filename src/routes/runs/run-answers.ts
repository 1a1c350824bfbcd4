/** How the routes that start or change a run answer. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import type { Run } from '../../store/run.ts';
import { progressContext, shownRun } from './progress-context.ts';
import { runJson } from './run-json.ts';

export function sendChanged(parts: Parts, request: FastifyRequest, reply: FastifyReply, run: Run) {
  switch (answerForm(request)) {
    case 'page':
      return reply.redirect(`/runs/${run.id}`, 303);
    case 'fragment':
      return reply.view('runs/_progress', progressContext(parts, request, run));
    default:
      return reply.send(runJson(run));
  }
}

export function sendStarted(parts: Parts, request: FastifyRequest, reply: FastifyReply, run: Run) {
  const location = `/runs/${run.id}`;
  switch (answerForm(request)) {
    case 'page':
      return reply.redirect(location, 303);
    case 'fragment':
      reply.code(201).header('location', location);
      // Behind another run of theirs it waits beside what is watched.
      return reply.view('runs/_progress', {
        ...progressContext(parts, request, run.state === 'queued' ? shownRun(parts, request) : run),
        historyOutOfBand: true,
      });
    default:
      return reply.code(201).header('location', location).send(runJson(run));
  }
}
