import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { csvLines } from '../../formats/csv.ts';
import type { SweepStanding } from '../../queue/sweep-service.ts';
import { answerForm } from '../answer.ts';
import { checkOwner, correctionReach, whose } from '../http/owner.ts';
import { sendSettingsProblem } from '../runs/settings.ts';
import { startOf } from '../runs/start.ts';
import { countSentence, formInput, gridOf, sweepFormContext, sweepInput } from './form.ts';
import { sweepJson, sweepRows, sweepSummaryJson } from './json.ts';
import type { SweepContext, SweepFormContext, SweepsContext } from './standing.ts';
import { commonSettings, findSweep, type SweepParams, standingContext, varies } from './standing.ts';

/** Sweeps per page or answer. */
const LISTED = 100;

type FormFields = Readonly<Record<string, unknown>>;

/**
 * `POST /sweeps` queues a grid of settings; `GET /sweeps` lists, `GET /sweeps/:id` shows one, `/sweeps/:id.csv` is its
 * table; `POST /sweeps/:id/stop`; `DELETE /sweeps/:id`, or without scripts `POST …/delete`, deletes one whose trials have
 * ended: they stay as runs. `GET /sweeps/new` has the form.
 */
export function sweepRoutes(app: FastifyInstance): void {
  app.post('/sweeps', async (request, reply) => {
    const input = sweepInput(request);
    const corrections = correctionReach(request);
    const { grid, errors } = await gridOf(request.workbench, input, corrections);
    if (grid) {
      const { halving } = input;
      return started(
        request,
        reply,
        await request.workbench.sweeps.create(grid, { halving, ...startOf(request) }),
      );
    }
    if (answerForm(request) === 'json') return sendSettingsProblem(reply, errors);
    const fields = { ...input.settings, ...input.grid, halving: input.halving };
    return reply.code(422).page<SweepFormContext>('sweeps/new', {
      title: request.t('home.settingsCannotBeUsed'),
      page: 'sweeps',
      ...(await sweepFormContext(request, fields, errors)),
    });
  });

  app.get('/sweeps', async (request, reply) => {
    const standings = await request.workbench.sweeps.list(LISTED);
    if (answerForm(request) === 'json') {
      return reply
        .header('vary', 'accept')
        .send({ sweeps: standings.map((standing) => sweepSummaryJson(standing, app.address)) });
    }
    return reply.page<SweepsContext>('sweeps/index', {
      title: request.t('sweeps.sweeps'),
      page: 'sweeps',
      sweeps: standings.map((standing) => ({
        ...standing,
        varies: varies(request.t, standing.sweep),
        bestTrial: standing.best === null ? null : standing.trials[0],
      })),
    });
  });

  app.get<{ Querystring: FormFields }>('/sweeps/new', async (request, reply) => {
    const fields = Object.keys(request.query).length > 0 ? request.query : { halving: 'on' };
    return reply.page<SweepFormContext>('sweeps/new', {
      title: request.t('sweeps.newSweep'),
      page: 'sweeps',
      ...(await sweepFormContext(request, fields)),
    });
  });

  /** The sentence beside the form's button. */
  app.get<{ Querystring: FormFields }>('/sweeps/count', async (request, reply) =>
    reply.view('sweeps/_count', {
      count: countSentence(
        request.t,
        await gridOf(request.workbench, formInput(request.query), correctionReach(request)),
      ),
    }),
  );

  app.get<{ Params: SweepParams }>('/sweeps/:id', async (request, reply) => {
    const standing = await findSweep(request.workbench.sweeps, request.params.id);
    if (answerForm(request) === 'json')
      return reply.header('vary', 'accept').send(sweepJson(standing, app.address));
    const { sweep } = standing;
    return reply.page<SweepContext>('sweeps/show', {
      title: request.t('sweeps.sweep2', { id: sweep.id }),
      page: 'sweeps',
      standing: standingContext(request, standing),
      varies: varies(request.t, sweep),
      common: commonSettings(request.t, sweep),
      whose: whose(request, sweep),
    });
  });

  /** The fragment that the page polls. */
  app.get<{ Params: SweepParams }>('/sweeps/:id/standing', async (request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .view(
        'sweeps/_standing',
        standingContext(request, await findSweep(request.workbench.sweeps, request.params.id)),
      ),
  );

  app.get<{ Params: SweepParams }>('/sweeps/:id(^\\d+).csv', async (request, reply) => {
    const standing = await findSweep(request.workbench.sweeps, request.params.id);
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="sweep-${standing.sweep.id}.csv"`)
      .send([...csvLines(sweepRows(standing))].join(''));
  });

  app.post<{ Params: SweepParams }>('/sweeps/:id/stop', async (request, reply) => {
    const { sweep } = await findSweep(request.workbench.sweeps, request.params.id);
    checkOwner(request, sweep, 'stop', 'Sweep');
    await request.workbench.sweeps.stop(sweep.id);
    const standing = (await request.workbench.sweeps.get(sweep.id))!;
    switch (answerForm(request)) {
      case 'page':
        return reply.redirect(`/sweeps/${sweep.id}`, 303);
      case 'fragment':
        return reply.view('sweeps/_standing', standingContext(request, standing));
      default:
        return reply.send(sweepJson(standing, app.address));
    }
  });

  app.delete<{ Params: SweepParams }>('/sweeps/:id', deleteSweep);
  app.post<{ Params: SweepParams }>('/sweeps/:id/delete', deleteSweep);

  async function deleteSweep(request: FastifyRequest<{ Params: SweepParams }>, reply: FastifyReply) {
    const standing = await findSweep(request.workbench.sweeps, request.params.id);
    checkOwner(request, standing.sweep, 'delete', 'Sweep');
    await request.workbench.sweeps.delete(standing.sweep.id);
    return answerForm(request) === 'json'
      ? reply.send(sweepSummaryJson(standing, app.address))
      : reply.redirect('/sweeps', 303);
  }
}

function started(request: FastifyRequest, reply: FastifyReply, standing: SweepStanding) {
  const location = `/sweeps/${standing.sweep.id}`;
  if (answerForm(request) !== 'json') return reply.redirect(location, 303);
  return reply.code(201).header('location', location).send(sweepJson(standing, reply.server.address));
}
