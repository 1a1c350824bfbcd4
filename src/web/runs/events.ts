import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LiveProgress } from '../../runs/live-progress.ts';
import type { Run, RunSummary } from '../../runs/run.ts';
import type { Workbenches } from '../../workbench.ts';
import type { Address } from '../http/base-path.ts';
import { type EventStream, NO_HEAD } from '../http/event-stream.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { runJson } from './json.ts';

/** Batches are reported at most this often. */
const BATCH_MS = 250;
/** What a reconnecting client has seen of a run: `3`, its third epoch; `5-stopped`, that it was stopped after its fifth. */
interface Seen {
  readonly epochs: number;
  readonly state: string | undefined;
}

/**
 * `GET /runs/:id/events`: server-sent events.
 *
 * - `epoch`, id = its number: the epoch with its metrics. Earlier ones are sent first, or those after
 *   `Last-Event-ID`.
 * - `state`, id = epochs and state: the run, without its epochs.
 * - `batch`, without an id, at most four a second: where it is, loss and accuracy of the batch.
 *
 * It ends when the run has ended; a client that reconnects with the last id gets 204, which ends an `EventSource`.
 */
export function runEventRoutes(app: FastifyInstance, { training, store }: Workbenches): void {
  const followers = new Map<number, Set<Follower>>();
  training.on('run', (run) => tell(run.id, (follower) => follower.heardState(run)));
  training.on('epoch', (run) => tell(run.id, (follower) => follower.heardEpochs(run)));

  app.get<{ Params: RunParams }>('/runs/:id/events', NO_HEAD, async (request, reply) => {
    const run = await findRun(request.workbench, request.params.id);
    const seen = seenBy(request);
    if (isOver(run) && seen.state === run.state && seen.epochs === run.epochsDone)
      return reply.code(204).send();
    await follow(run, seen, reply);
    return reply;
  });

  async function follow({ id }: Run, seen: Seen, reply: FastifyReply): Promise<void> {
    const stream = app.eventStreams.open(reply);
    const follower = new Follower(stream, seen, app.address, () => training.live(id));
    const set = followers.get(id) ?? new Set();
    followers.set(id, set.add(follower));
    stream.onClose(() => {
      set.delete(follower);
      if (set.size === 0) followers.delete(id);
    });
    // Read only now that no event can be missed.
    const run = await store.get(id);
    if (run === null) return stream.end();
    follower.heardEpochs(run);
    follower.heardState(run);
  }

  function tell(id: number, news: (follower: Follower) => void): void {
    for (const follower of followers.get(id) ?? []) news(follower);
  }
}

/** A client that follows a run. */
class Follower {
  readonly #stream: EventStream;
  readonly #address: Address;
  #epochs: number;
  #batch = '';

  constructor(stream: EventStream, seen: Seen, address: Address, live: () => LiveProgress | null) {
    this.#address = address;
    this.#stream = stream;
    this.#epochs = seen.epochs;
    const batches = setInterval(() => this.#heardBatch(live()), BATCH_MS).unref();
    stream.onClose(() => clearInterval(batches));
  }

  heardEpochs({ epochs, bestEpoch }: Run): void {
    for (const epoch of epochs.slice(this.#epochs)) {
      const data = { ...epoch, best: epoch.epoch === bestEpoch };
      this.#stream.send({ event: 'epoch', id: String(epoch.epoch), data });
    }
    this.#epochs = epochs.length;
  }

  heardState(run: RunSummary): void {
    const { epochs: _epochs, ...data } = runJson(run, this.#address) as Partial<Run>;
    this.#stream.send({ event: 'state', id: `${run.epochsDone}-${run.state}`, data });
    if (isOver(run)) this.#stream.end();
  }

  #heardBatch(live: LiveProgress | null): void {
    const batch = live ? `${live.epoch} ${live.batch}` : '';
    if (!live || batch === this.#batch) return;
    this.#batch = batch;
    this.#stream.send({ event: 'batch', data: live });
  }
}

/** Nothing more will happen, unless someone resumes it. A run paused by its sweep continues by itself. */
function isOver({ state, resumes, pauseAfter }: RunSummary): boolean {
  if (state === 'interrupted') return !resumes;
  return state === 'finished' || state === 'failed' || (state === 'stopped' && pauseAfter === null);
}

function seenBy(request: FastifyRequest): Seen {
  const [, epochs, state] =
    /^(\d{1,3})(?:-([a-z]+))?$/.exec(String(request.headers['last-event-id'] ?? '')) ?? [];
  return { epochs: Number(epochs ?? 0), state };
}
