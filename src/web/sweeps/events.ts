import type { FastifyInstance, FastifyReply } from 'fastify';
import type { SweepStanding } from '../../queue/sweep-service.ts';
import type { Run } from '../../runs/run.ts';
import type { Workbench } from '../../workbench.ts';
import type { Address } from '../http/base-path.ts';
import { type EventStream, NO_HEAD } from '../http/event-stream.ts';
import { runJson } from '../runs/json.ts';
import { sweepJson, sweepSummaryJson } from './json.ts';
import { findSweep, type SweepParams } from './standing.ts';

/**
 * `GET /sweeps/:id/events`: server-sent events.
 *
 * - `sweep`: the sweep with its trials, first, and again after each reconnection
 * - `epoch`: an epoch with its metrics, and its `run`
 * - `trial`: a trial that started, paused or ended, without its epochs
 * - `state`, id = the sweep's state: the sweep has ended; nothing follows
 *
 * A client that reconnects with that id gets 204, which ends an `EventSource`.
 */
export function sweepEventRoutes(app: FastifyInstance, { sweeps, training }: Workbench): void {
  const followers = new Map<number, Set<EventStream>>();
  training.on('epoch', ({ sweepId, id, epochs }) =>
    tell(sweepId, (stream) => stream.send({ event: 'epoch', data: { run: id, ...epochs.at(-1)! } })),
  );
  training.on('run', (run) => {
    tell(run.sweepId, (stream) => stream.send({ event: 'trial', data: withoutEpochs(run, app.address) }));
    if (run.endedAt !== null) void endIfOver(run.sweepId);
  });

  app.get<{ Params: SweepParams }>('/sweeps/:id/events', NO_HEAD, async (request, reply) => {
    const standing = await findSweep(sweeps, request.params.id);
    if (isOver(standing) && request.headers['last-event-id'] === standing.state)
      return reply.code(204).send();
    follow(standing, reply);
    return reply;
  });

  function follow(standing: SweepStanding, reply: FastifyReply): void {
    const { id } = standing.sweep;
    const stream = app.eventStreams.open(reply);
    stream.send({ event: 'sweep', data: sweepJson(standing, app.address) });
    if (isOver(standing)) {
      end(stream, standing, app.address);
      return;
    }
    const set = followers.get(id) ?? new Set();
    followers.set(id, set.add(stream));
    stream.onClose(() => {
      set.delete(stream);
      if (set.size === 0) followers.delete(id);
    });
  }

  async function endIfOver(id: number | null): Promise<void> {
    try {
      // The sweep first decides what its other trials do.
      await sweeps.settled();
      const standing = id !== null && followers.has(id) ? await sweeps.get(id) : null;
      if (standing && isOver(standing)) tell(id, (stream) => end(stream, standing, app.address));
    } catch (error) {
      // A reconnecting client is sent the current state of the sweep.
      app.log.error(error, `sweep ${id} cannot be looked up: its followers must reconnect`);
      tell(id, (stream) => stream.end());
    }
  }

  function tell(id: number | null, news: (stream: EventStream) => void): void {
    for (const stream of (id !== null && followers.get(id)) || []) news(stream);
  }
}

const isOver = ({ state }: SweepStanding) => state === 'finished' || state === 'stopped';

function end(stream: EventStream, standing: SweepStanding, address: Address): void {
  stream.send({ event: 'state', id: standing.state, data: sweepSummaryJson(standing, address) });
  stream.end();
}

function withoutEpochs(run: Run, address: Address) {
  const { epochs: _epochs, ...summary } = runJson(run, address) as Partial<Run>;
  return summary;
}
