/**
 * Any number of JSON lines, answered as they arrive: at most four pieces of the request and one unfinished line are held,
 * and reading is paced by how fast the client takes the answers.
 */
import { CodedError } from '../errors.ts';
import { isInput, nothingSent, takeInput } from '../images/input.ts';
import type { Steps } from '../time-slices.ts';
import { textOf } from './body.ts';
import { collectInputs, type Inputs, type SentInputs, toFault } from './inputs.ts';
import { type SentFields, sentInput } from './sent-input.ts';

/** Longest line: a drawing of 20,000 points has 300 kB. */
const MOST_LINE_BYTES = 2 ** 20;
/** Lines that are answered at once. */
const MOST_LINES = 256;
const NEWLINE = 0x0a;

/** Some lines as received, without their last newline; null for one that is too long. */
export type Lines = Buffer | null;

/**
 * @param pieces bytes, cut anywhere
 * @param answer to some lines: as many, each ended by a newline; empty lines too, except after the last newline
 */
export async function* answerLines(
  pieces: AsyncIterable<Buffer>,
  answer: (lines: Lines) => Promise<string>,
): AsyncGenerator<string> {
  const all = linesOf(pieces);
  const answers: Promise<string>[] = [];
  let next: Promise<IteratorResult<Lines, void>> | null = heard(all.next());
  try {
    while (next !== null || answers.length > 0) {
      // Some are decoded by another thread while this one reads those before them.
      const isFull = answers.length === AT_ONCE || next === null;
      const isAnswered = answers.length > 0 && (isFull || (await isSooner(answers[0], next!)));
      if (isAnswered) {
        yield await answers.shift()!;
        continue;
      }
      const piece: IteratorResult<Lines, void> = await next!;
      if (!piece.done) answers.push(heard(answer(piece.value)));
      next = piece.done ? null : heard(all.next());
    }
  } finally {
    // Not awaited: it may wait for a piece that never arrives.
    void all.return();
  }
}

/** Batches of answers computed at once. */
const AT_ONCE = 4;

/** A failure is reported in its turn. */
function heard<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}

/** Which of the two settles first? */
const isSooner = (one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    one.then(
      () => true,
      () => true,
    ),
    other.then(
      () => false,
      () => false,
    ),
  ]);

/** Some lines at a time, as they arrive. */
async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Lines, void> {
  const unfinished = new UnfinishedLine();
  for await (const piece of pieces) {
    let rest = piece;
    for (let end = endOfLines(rest, unfinished.isEmpty ? MOST_LINES : 1); end >= 0; ) {
      unfinished.add(rest.subarray(0, end));
      yield unfinished.take();
      rest = rest.subarray(end + 1);
      end = endOfLines(rest, MOST_LINES);
    }
    unfinished.add(rest);
  }
  if (!unfinished.isEmpty) yield unfinished.take();
}

/** Where the last newline of the first `most` ones is; -1 when there is none. */
function endOfLines(bytes: Buffer, most: number): number {
  let end = -1;
  for (let lines = 0; lines < most; lines++) {
    const next = bytes.indexOf(NEWLINE, end + 1);
    if (next < 0) break;
    end = next;
  }
  return end;
}

class UnfinishedLine {
  #pieces: Buffer[] = [];
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length <= MOST_LINE_BYTES) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  take(): Lines {
    const [pieces, length] = [this.#pieces, this.#length];
    this.#pieces = [];
    this.#length = 0;
    if (length > MOST_LINE_BYTES) return null;
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }
}

export function decodeLines(lines: Uint8Array): Steps<SentInputs> {
  return collectInputs(textOf(lines).split('\n'), (line) => {
    const input = parseLine(line);
    if (!isInput(input)) throw nothingSent();
    return takeInput(sentInput(input as SentFields, { isForm: false }));
  });
}

/** In place of a line that is too long. */
export function tooLong(): Inputs {
  return { images: new Uint8Array(), each: [toFault(badLine('A line is too long: 1 MB at most.'))] };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw badLine('The line is not valid JSON.', cause);
  }
}

function badLine(message: string, cause?: unknown): CodedError {
  return new CodedError({ code: 'BAD_LINE', status: 422, message, cause });
}
