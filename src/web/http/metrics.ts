import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Question } from '../../recognition/question.ts';
import { RUN_STATES, type RunState } from '../../runs/run.ts';
import type { RunStore } from '../../store/run-store.ts';
import { JSON_LINES_TYPES } from './bodies.ts';
import './overload.ts';
import { VERSION } from '../../version.ts';
import type { Workbenches } from '../../workbench.ts';
import { rightNeeded } from './rights.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** How a drawing was sent: `tensor` = Open Inference Protocol, `lines` = a stream of JSON lines. */
export const SOURCES = ['drawing', 'matrix', 'picture', 'batch', 'lines', 'tensor', 'nothing'] as const;
export type Source = (typeof SOURCES)[number];

/** `refused` = the client's fault, or rate-limited; `failed` = the server's. */
export const OUTCOMES = ['read', 'refused', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface RecognitionCount {
  readonly source: Source;
  readonly outcome: Outcome;
  readonly count: number;
}

/** The running run; null when there is none. */
export interface TrainingNow {
  readonly runId: number;
  /** Id of its room. */
  readonly room: number;
  readonly imagesPerSecond: number | null;
  /** Since its last checkpoint; null before the first that this process saw. */
  readonly checkpointSeconds: number | null;
}

const SECONDS_OF_A_READING = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const SECONDS_OF_AN_EPOCH = [0.5, 1, 2, 3, 5, 8, 12, 20, 30, 60, 120, 300];

/** The server's metrics, counted as things happen or measured on request. */
export class Metrics {
  readonly registry = new Registry();
  readonly #app: FastifyInstance;
  readonly #workbenches: Workbenches;
  readonly #recognitions: Counter<'source' | 'outcome'>;
  /** `at`: milliseconds of `performance.now`, unaffected by clock changes. */
  #lastCheckpoint: { readonly runId: number; readonly at: number } | null = null;

  constructor(app: FastifyInstance, workbenches: Workbenches) {
    this.#app = app;
    this.#workbenches = workbenches;
    const registers = [this.registry];
    this.#recognitions = new Counter({
      name: 'lenet5_recognitions_total',
      help: 'Requests to recognise drawings',
      labelNames: ['source', 'outcome'],
      registers,
    });
    const recognitionSeconds = new Histogram({
      name: 'lenet5_recognition_seconds',
      help: 'Time from a request to its answer, except for streams',
      labelNames: ['source'],
      buckets: SECONDS_OF_A_READING,
      registers,
    });
    const epochSeconds = new Histogram({
      name: 'lenet5_epoch_seconds',
      help: 'Wall time of an epoch with its validation',
      buckets: SECONDS_OF_AN_EPOCH,
      registers,
    });

    app.addHook('onResponse', (request, reply, done) => {
      if (rightNeeded(request) === 'recognize' && !request.is404) {
        const source = sourceOf(request);
        this.#recognitions.inc({ source, outcome: outcomeOf(reply.statusCode) });
        if (source !== 'lines') recognitionSeconds.observe({ source }, reply.elapsedTime / 1000);
      }
      done();
    });
    workbenches.training.on('epoch', ({ id, epochs }) => {
      epochSeconds.observe(epochs.at(-1)?.seconds ?? 0);
      this.#lastCheckpoint = { runId: id, at: performance.now() };
    });
    const swaps = new Counter({
      name: 'lenet5_model_swaps_total',
      help: 'Models put into service, in all rooms',
      labelNames: ['reason'],
      registers,
    });
    workbenches.services.on('service', ({ reason }) => swaps.inc({ reason }));
    this.#addGauges();
  }

  #addGauges(): void {
    const { store } = this.#workbenches;
    const looked = { name: '', registers: [this.registry] };
    const gauge = (name: string, help: string, value: () => number | null | Promise<number | null>) =>
      new Gauge({
        ...looked,
        name,
        help,
        async collect() {
          const now = await value();
          if (now === null) this.remove();
          else this.set(now);
        },
      });

    const runs = new Gauge({
      ...looked,
      name: 'lenet5_runs',
      help: 'Runs in each state',
      labelNames: ['state'],
      collect: async () => {
        for (const { state, count } of await this.runs()) runs.set({ state }, count);
      },
    });
    gauge(
      'lenet5_queue_length',
      'Runs waiting',
      async () => (await store.list({ state: 'queued', limit: 0 })).count,
    );
    gauge(
      'lenet5_images_per_second',
      'Images per second of the run in training',
      async () => (await this.training())?.imagesPerSecond ?? null,
    );
    gauge(
      'lenet5_checkpoint_age_seconds',
      'Time since the last checkpoint of the run in training',
      async () => (await this.training())?.checkpointSeconds ?? null,
    );
    gauge('lenet5_database_bytes', 'Size of the database', async () => (await store.size()).bytes);
    gauge('lenet5_ready', '1 when ready for requests', () => (this.#app.notReady() === null ? 1 : 0));
    gauge(
      'nodejs_eventloop_delay_seconds',
      'Event-loop delay: the lower mean of the last two seconds',
      () => this.#app.eventLoopDelay() / 1000,
    );
    gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
    gauge('nodejs_heap_used_bytes', 'JavaScript heap in use', () => process.memoryUsage().heapUsed);
    gauge('process_start_time_seconds', 'Start of the process since the epoch', () =>
      Math.round(Date.now() / 1000 - process.uptime()),
    );
    new Gauge({
      ...looked,
      name: 'lenet5_build_info',
      help: 'Versions; always 1',
      labelNames: ['version', 'node'],
    }).set({ version: VERSION, node: process.versions.node }, 1);
  }

  /** How many runs a room's store has in each state, or by default that of all rooms. */
  runs(store: RunStore = this.#workbenches.store): Promise<{ state: RunState; count: number }[]> {
    return Promise.all(
      RUN_STATES.map(async (state) => ({ state, count: (await store.list({ state, limit: 0 })).count })),
    );
  }

  async training(): Promise<TrainingNow | null> {
    const [run] = await this.#workbenches.training.running();
    if (run === undefined) return null;
    const imagesPerSecond = this.#workbenches.training.live(run.id)?.imagesPerSecond ?? null;
    const checkpoint = this.#lastCheckpoint?.runId === run.id ? this.#lastCheckpoint : null;
    return {
      runId: run.id,
      room: run.room,
      imagesPerSecond,
      checkpointSeconds: checkpoint && (performance.now() - checkpoint.at) / 1000,
    };
  }

  /** Since the start of the process, without those that never happened. */
  async recognitions(): Promise<RecognitionCount[]> {
    const { values } = await this.#recognitions.get();
    return values.map(({ labels, value }) => ({
      source: labels.source as Source,
      outcome: labels.outcome as Outcome,
      count: value,
    }));
  }
}

/** Starts counting. Must be registered before the routes. */
export function registerMetrics(app: FastifyInstance, workbenches: Workbenches): void {
  app.decorate('metrics', new Metrics(app, workbenches));
}

function outcomeOf(status: number): Outcome {
  if (status < 400) return 'read';
  return status < 500 || status === 503 ? 'refused' : 'failed';
}

function sourceOf({ headers, body, routeOptions }: FastifyRequest): Source {
  if (routeOptions.url !== '/recognize') return 'tensor';
  const type = headers['content-type'] ?? '';
  if (JSON_LINES_TYPES.test(type)) return 'lines';
  if (type.startsWith('multipart/')) return 'picture';
  return (body as Partial<Question> | undefined)?.source ?? 'nothing';
}
