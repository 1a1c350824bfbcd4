import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PenDigit } from '../../src/datasets/pen-digits.ts';
import type { Tally } from './tally.ts';

const DRAWING_SECONDS = 3;
const POLL_SECONDS = 1;
const TABS = 2;
export const TRAIN_SECONDS = 600;

/** As a browser sends them; the class sits behind one router. */
const BROWSER = { 'sec-fetch-site': 'same-origin', 'x-forwarded-for': '192.0.2.10' };
const PAGE = { ...BROWSER, accept: 'text/html,*/*;q=0.8' };
const FRAGMENT = { ...BROWSER, accept: 'text/html', 'hx-request': 'true', 'hx-request-type': 'partial' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** What the class has in common. */
export interface Class {
  readonly url: string;
  readonly tally: Tally;
  readonly digits: readonly PenDigit[];
  /** The run that was asked for last; null before the first. */
  newestRun: string | null;
  /** `performance.now` at which the lesson ends. */
  readonly ends: number;
}

/** One browser with two tabs: draws, watches a run, and asks for one every ten minutes. */
export class Pupil {
  readonly #class: Class;
  /** Of all; the same pupil does the same things at each soak. */
  readonly #index: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 6 });
  #cookies: readonly string[] = [];

  constructor(pupils: Class, index: number) {
    this.#class = pupils;
    this.#index = index;
  }

  /** Resolves when the lesson is over. @param share where in the class, 0–1: not all do the same at once */
  async attend(share: number): Promise<void> {
    for (let tab = 0; tab < TABS; tab++) await this.#ask('GET', '/', '/', PAGE);
    await Promise.all([
      this.#every(DRAWING_SECONDS, share, (i) => this.#draw(i)),
      this.#every(TRAIN_SECONDS, share, () => this.#train()),
      ...Array.from({ length: TABS }, (_, tab) =>
        this.#every(POLL_SECONDS, share + tab / TABS, () => this.#poll()),
      ),
    ]);
    this.#agent.destroy();
  }

  async #draw(i: number): Promise<void> {
    const { digits } = this.#class;
    const { strokes } = digits[(this.#index * 50 + i) % digits.length];
    const body = new URLSearchParams({ strokes: JSON.stringify(strokes) });
    await this.#ask('POST', '/recognize', '/recognize', { ...FRAGMENT, ...FORM }, String(body));
  }

  async #train(): Promise<void> {
    const body = new URLSearchParams({ epochs: '2', batchsize: '128', seed: String(this.#index + 1) });
    const location = await this.#ask('POST', '/runs', '/runs', { ...PAGE, ...FORM }, String(body));
    if (location !== null) this.#class.newestRun = location;
  }

  async #poll(): Promise<void> {
    const { newestRun } = this.#class;
    if (newestRun === null) return;
    await this.#ask('GET', '/runs/:id/progress', `${newestRun}/progress`, FRAGMENT);
  }

  /** From the beginning of the lesson to its end, again and again; what is late is not made up for. */
  async #every(seconds: number, share: number, act: (i: number) => Promise<void>): Promise<void> {
    let next = performance.now() + 1000 * seconds * (share % 1);
    for (let i = 0; ; i++) {
      await sleep(Math.max(0, Math.min(next, this.#class.ends) - performance.now()));
      const now = performance.now();
      if (now >= this.#class.ends) return;
      next = now + 1000 * seconds;
      await act(i);
    }
  }

  /** @returns where the answer leads to, without its fragment; null when nowhere */
  #ask(method: string, route: string, path: string, headers: object, body = ''): Promise<string | null> {
    const { url, tally } = this.#class;
    const begun = performance.now();
    const count = (status: number) => tally.count(`${method} ${route}`, status, performance.now() - begun);
    return new Promise((resolve) => {
      const asked = request(`${url}${path}`, {
        method,
        agent: this.#agent,
        headers: { ...headers, cookie: this.#cookies.join('; '), 'content-length': Buffer.byteLength(body) },
      });
      asked.on('response', (answer) => {
        const cookies = answer.headers['set-cookie']?.map((cookie) => cookie.split(';')[0]);
        if (cookies) this.#cookies = cookies;
        answer.resume().on('end', () => {
          count(answer.statusCode ?? 0);
          resolve(answer.headers.location ?? null);
        });
      });
      asked.on('error', () => {
        count(0);
        resolve(null);
      });
      asked.end(body);
    });
  }
}
