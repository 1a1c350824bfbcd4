/** A framework in another process, spoken to line by line: see peers/common.py. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';

export class Peer {
  readonly description: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    process: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
    description: string,
  ) {
    this.#process = process;
    this.#lines = lines;
    this.description = description;
  }

  /**
   * @param script a file of peers/, without `.py`
   * @throws Error with what Python said when the peer does not start
   */
  static async start(script: string, threads: number, batchSize: number): Promise<Peer> {
    const file = path.join(import.meta.dirname, 'peers', `${script}.py`);
    const python = process.env.PYTHON ?? 'python3';
    const child = spawn(python, [file, String(threads), String(batchSize)], {
      env: { ...process.env, OMP_NUM_THREADS: String(threads) },
    });
    let complaints = '';
    child.stderr.on('data', (text) => {
      complaints += text;
    });
    const reader: Interface = createInterface(child.stdout);
    const lines = reader[Symbol.asyncIterator]();
    const first = await Promise.race([
      lines.next().then(({ value }) => value),
      once(child, 'error').then(String),
    ]);
    if (!first?.startsWith('ready '))
      throw new Error(`${script} did not start. ${first ?? ''}\n${complaints}`);
    return new Peer(child, lines, first.slice('ready '.length));
  }

  /** Losses of the reference's first steps. */
  async check(): Promise<number[]> {
    return JSON.parse(await this.#ask('check'));
  }

  /** Milliseconds of one of `count` steps. */
  async run(count: number): Promise<number> {
    return Number(await this.#ask(`run ${count}`));
  }

  stop(): void {
    this.#process.stdin.end();
  }

  async #ask(question: string): Promise<string> {
    this.#process.stdin.write(`${question}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.description} has ended.`);
    return value;
  }
}
