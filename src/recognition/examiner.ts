import { createHash } from 'node:crypto';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ExamAnswer, ExamMessage, PicturesMessage } from './exam-worker.ts';
import type { Model } from './model.ts';

/** [N] the class that a model answers for each image. */
export interface StandardAnswers {
  /** MNIST's 10,000 test images. */
  readonly test: Uint8Array;
  /** The 1,499 pen drawings. */
  readonly pens: Uint8Array;
}

const WORKER_URL = new URL(`./exam-worker${path.extname(import.meta.url)}`, import.meta.url);
/** Models whose answers are remembered, 11 kB each. */
const MOST_REMEMBERED = 256;
/** A thread that has nothing to do ends after this many milliseconds: it holds 10 MB of images. */
const IDLE_MS = 60_000;

/** Lets models answer whole sets of images, in a thread beside everything else: 10,000 images take about half a second. */
export class Examiner {
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly Uint8Array[]>>();
  /** By what the answers follow from. */
  readonly #remembered = new Map<string, Promise<StandardAnswers>>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** Answers to the sets that everybody has; remembered. */
  standard(model: Model): Promise<StandardAnswers> {
    const key = digestOf(model);
    const known = this.#remembered.get(key);
    if (known) return known;
    const answers = this.#ask({ model: sent(model), images: null }).then(([test, pens]) => ({ test, pens }));
    this.#remembered.set(key, answers);
    answers.catch(() => this.#remembered.delete(key));
    if (this.#remembered.size > MOST_REMEMBERED)
      this.#remembered.delete(this.#remembered.keys().next().value!);
    return answers;
  }

  /** @param images [N, 28, 28] bytes */
  async answers(model: Model, images: Uint8Array): Promise<Uint8Array> {
    return (await this.#ask({ model: sent(model), images }))[0];
  }

  /** @returns [N, 28, 28] bytes of the test images and of the pen drawings that are asked for by their indices */
  async pictures(
    test: readonly number[],
    pens: readonly number[],
  ): Promise<{ test: Uint8Array; pens: Uint8Array }> {
    const [ofTest, ofPens] = await this.#ask({ pictures: [test, pens] });
    return { test: ofTest, pens: ofPens };
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  #ask(question: Omit<ExamMessage, 'id'> | Omit<PicturesMessage, 'id'>): Promise<readonly Uint8Array[]> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<readonly Uint8Array[]>();
    this.#worker ??= this.#start();
    this.#waiting.set(id, answer);
    clearTimeout(this.#idle);
    this.#worker.ref();
    this.#worker.postMessage({ id, ...question });
    return answer.promise;
  }

  #start(): Worker {
    const worker = new Worker(WORKER_URL, { execArgv: [] });
    let failure: unknown = new Error('The thread that examines models ended.');
    worker.on('message', ({ id, answers, error }: ExamAnswer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (answers) waiting?.resolve(answers);
      else waiting?.reject(error);
      if (this.#waiting.size > 0) return;
      worker.unref();
      this.#idle = setTimeout(() => void worker.terminate(), IDLE_MS).unref();
    });
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
      for (const { reject } of this.#waiting.values()) reject(failure);
      this.#waiting.clear();
    });
    return worker;
  }
}

function digestOf({ activation, inputScale, weights }: Model): string {
  return createHash('sha256').update(`${activation} ${inputScale} `).update(weights).digest('base64');
}

const sent = ({ activation, inputScale, weights }: Model) => ({ activation, inputScale, weights });
