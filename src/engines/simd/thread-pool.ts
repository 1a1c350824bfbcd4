/**
 * The threads of an engine. The calling thread is one of them: it publishes a job, works on it like the others, and
 * returns when the last task is done.
 *
 * Two shared words carry it all. `TICKET` says how many tasks the job has and which is next; a thread takes a task by
 * adding one to it with compare-and-exchange, and reads the job only after that has succeeded: until the task is done,
 * the job cannot change. `DONE` counts finished tasks. No thread waits for another to start: one that sleeps too long
 * finds the work done. Which thread takes which task is left to chance; what a task computes is not.
 */
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Job, ThreadSetup } from './tasks.ts';
import { TaskRunner } from './tasks.ts';

/** Places in the control block, in words; each of the busy ones on a cache line of its own. */
const TICKET = 0;
const DONE = 16;
const FAILED = 32;
const STOPPED = 48;
const JOB_AT = 64;

/** A ticket is sequence (16 bits) · tasks (8) · next task (8). */
const tasksOf = (ticket: number) => (ticket >>> 8) & 0xff;
const nextOf = (ticket: number) => ticket & 0xff;

/** The part of taking tasks that all threads of the pool share. */
class TaskQueue {
  readonly words: Int32Array;

  constructor({ memory, layout }: ThreadSetup) {
    this.words = new Int32Array(memory.buffer, layout.control, 128);
  }

  publish(job: Job, tasks: number): void {
    const { words } = this;
    words[JOB_AT] = job.kind;
    words[JOB_AT + 1] = job.count;
    words[JOB_AT + 2] = job.images;
    words[JOB_AT + 3] = job.labels;
    words[JOB_AT + 4] = job.from;
    words[JOB_AT + 5] = job.size;
    words[JOB_AT + 6] = job.target;
    Atomics.store(words, DONE, 0);
    this.wake(tasks);
  }

  /** Issues the next ticket, and wakes the waiting threads. */
  wake(tasks = 0): void {
    const { words } = this;
    const sequence = (Atomics.load(words, TICKET) >>> 16) + 1;
    Atomics.store(words, TICKET, (sequence << 16) | (tasks << 8));
    Atomics.notify(words, TICKET);
  }

  /** Runs tasks until none is left; returns the ticket that showed it. */
  drain(runner: TaskRunner): number {
    const { words } = this;
    for (;;) {
      const ticket = Atomics.load(words, TICKET);
      if (nextOf(ticket) >= tasksOf(ticket)) return ticket;
      if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) === ticket) {
        this.#runTask(runner, nextOf(ticket), tasksOf(ticket));
      }
    }
  }

  #readJob(): Job {
    const [kind, count, images, labels, from, size, target] = this.words.subarray(JOB_AT, JOB_AT + 7);
    return { kind: kind as Job['kind'], count, images, labels, from, size, target };
  }

  #runTask(runner: TaskRunner, task: number, tasks: number): void {
    const { words } = this;
    try {
      runner.run(this.#readJob(), task);
    } catch (error) {
      Atomics.store(words, FAILED, 1);
      throw error;
    } finally {
      if (Atomics.add(words, DONE, 1) === tasks - 1) Atomics.notify(words, DONE);
    }
  }
}

/** Waits until a word is no longer `value`: checks it `spin` times, then sleeps. */
function waitWhile(words: Int32Array, at: number, value: number, spin: number): void {
  for (let i = 0; i < spin; i++) {
    if (Atomics.load(words, at) !== value) return;
  }
  Atomics.wait(words, at, value);
}

/** The main loop of a thread other than the calling one, until the pool is stopped. */
export function serve(setup: ThreadSetup, thread: number): void {
  const runner = new TaskRunner(setup, thread);
  const queue = new TaskQueue(setup);
  for (;;) {
    const ticket = queue.drain(runner);
    // Checked after reading the ticket: a later stop issues another one, which ends the wait.
    if (Atomics.load(queue.words, STOPPED)) return;
    waitWhile(queue.words, TICKET, ticket, setup.spin);
  }
}

export class ThreadPool {
  readonly #setup: ThreadSetup;
  readonly #queue: TaskQueue;
  readonly #runner: TaskRunner;
  #workers: Worker[] = [];
  #exits: Promise<unknown> = Promise.resolve();
  /** The error that ended a thread. */
  #failure: Error | undefined;

  private constructor(setup: ThreadSetup) {
    this.#setup = setup;
    this.#queue = new TaskQueue(setup);
    this.#runner = new TaskRunner(setup, 0);
  }

  /** A pool whose threads, one for each scratch of the layout, are ready. */
  static async start(setup: ThreadSetup): Promise<ThreadPool> {
    const pool = new ThreadPool(setup);
    const file = new URL(`./pool-thread${path.extname(import.meta.url)}`, import.meta.url);
    pool.#workers = setup.layout.scratch
      .slice(1)
      .map((_, i) => new Worker(file, { workerData: { setup, thread: i + 1 } }));
    await Promise.all(pool.#workers.map((worker) => once(worker, 'message')));
    pool.#exits = Promise.all(pool.#workers.map((worker) => new Promise((exit) => worker.on('exit', exit))));
    for (const worker of pool.#workers) {
      worker.unref();
      worker.on('error', (error) => {
        pool.#failure = error;
      });
    }
    return pool;
  }

  /** Does `tasks` tasks of the job, 1–128, and returns when all are done. @throws Error when a thread has failed. */
  run(job: Job, tasks: number): void {
    if (this.#workers.length === 0 || tasks === 1) {
      for (let task = 0; task < tasks; task++) this.#runner.run(job, task);
      return;
    }
    this.#checkHealth();
    const { words } = this.#queue;
    this.#queue.publish(job, tasks);
    this.#queue.drain(this.#runner);
    for (;;) {
      const done = Atomics.load(words, DONE);
      if (done === tasks) break;
      waitWhile(words, DONE, done, this.#setup.spin);
    }
    this.#checkHealth();
  }

  #checkHealth(): void {
    if (!Atomics.load(this.#queue.words, FAILED)) return;
    throw new Error('A thread of the simd engine failed; the engine can no longer be used.', {
      cause: this.#failure,
    });
  }

  /** Ends the threads, and resolves when they are gone. */
  async stop(): Promise<void> {
    const { words } = this.#queue;
    Atomics.store(words, STOPPED, 1);
    this.#queue.wake();
    for (const worker of this.#workers) worker.ref();
    await this.#exits;
  }
}
