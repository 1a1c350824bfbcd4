/** How the routes that start or change a run answer. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Run } from '../../runs/run.ts';
import { answerForm } from '../answer.ts';
import { runJson } from './json.ts';
import { progressContext, shownRun } from './progress.ts';

export async function sendChanged(request: FastifyRequest, reply: FastifyReply, run: Run) {
  switch (answerForm(request)) {
    case 'page':
      return reply.redirect(`/runs/${run.id}`, 303);
    case 'fragment':
      return reply.view('runs/_progress', await progressContext(request, run));
    default:
      return reply.send(runJson(run, request.server.address));
  }
}

export async function sendStarted(request: FastifyRequest, reply: FastifyReply, run: Run) {
  const location = `/runs/${run.id}`;
  switch (answerForm(request)) {
    case 'page':
      return reply.redirect(location, 303);
    case 'fragment':
      reply.code(201).header('location', location);
      // If another run of theirs is ahead of it, it waits beside the one being watched.
      return reply.view('runs/_progress', {
        ...(await progressContext(
          request,
          run.state === 'queued' ? await shownRun(request.workbench, request) : run,
        )),
        historyOutOfBand: true,
      });
    default:
      return reply.code(201).header('location', location).send(runJson(run, request.server.address));
  }
}
