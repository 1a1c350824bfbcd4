import type { FastifyInstance, FastifyReply } from 'fastify';
import type { SweepService, SweepStanding } from '../../queue/sweep-service.ts';
import type { Run } from '../../runs/run.ts';
import type { Workbenches } from '../../workbench.ts';
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
export function sweepEventRoutes(app: FastifyInstance, { training }: Workbenches): void {
  const followers = new Map<number, Following>();
  training.on('epoch', ({ sweepId, id, epochs }) =>
    tell(sweepId, (stream) => stream.send({ event: 'epoch', data: { run: id, ...epochs.at(-1)! } })),
  );
  training.on('run', (run) => {
    tell(run.sweepId, (stream) => stream.send({ event: 'trial', data: withoutEpochs(run, app.address) }));
    if (run.endedAt !== null) void endIfOver(run.sweepId);
  });

  app.get<{ Params: SweepParams }>('/sweeps/:id/events', NO_HEAD, async (request, reply) => {
    const { sweeps } = request.workbench;
    const standing = await findSweep(sweeps, request.params.id);
    if (isOver(standing) && request.headers['last-event-id'] === standing.state)
      return reply.code(204).send();
    follow(sweeps, standing, reply);
    return reply;
  });

  function follow(sweeps: SweepService, standing: SweepStanding, reply: FastifyReply): void {
    const { id } = standing.sweep;
    const stream = app.eventStreams.open(reply);
    stream.send({ event: 'sweep', data: sweepJson(standing, app.address) });
    if (isOver(standing)) {
      end(stream, standing, app.address);
      return;
    }
    const following = followers.get(id) ?? { sweeps, streams: new Set() };
    following.streams.add(stream);
    followers.set(id, following);
    stream.onClose(() => {
      following.streams.delete(stream);
      if (following.streams.size === 0) followers.delete(id);
    });
  }

  async function endIfOver(id: number | null): Promise<void> {
    const following = id === null ? undefined : followers.get(id);
    if (following === undefined) return;
    const { sweeps } = following;
    try {
      // The sweep first decides what its other trials do.
      await sweeps.settled();
      const standing = await sweeps.get(id!);
      if (standing && isOver(standing)) tell(id, (stream) => end(stream, standing, app.address));
    } catch (error) {
      // A reconnecting client is sent the current state of the sweep.
      app.log.error(error, `sweep ${id} cannot be looked up: its followers must reconnect`);
      tell(id, (stream) => stream.end());
    }
  }

  function tell(id: number | null, news: (stream: EventStream) => void): void {
    for (const stream of (id !== null && followers.get(id)?.streams) || []) news(stream);
  }
}

/** Who follows a sweep. */
interface Following {
  /** Those of its room. */
  readonly sweeps: SweepService;
  readonly streams: Set<EventStream>;
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
