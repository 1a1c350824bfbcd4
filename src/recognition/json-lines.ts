/**
 * JSON lines of any number, answered as they come: no more is held than one piece of the request and one unfinished
 * line, and no more is read than the client takes of the answers.
 */
import { CodedError } from '../errors.ts';

/** Longest line: a drawing of 20,000 points has 300 kB. */
const MOST_LINE_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

/** A line's value, or why it has none. */
export type Line = unknown | CodedError;

/**
 * @param pieces bytes, cut anywhere
 * @param answer is given the lines that are complete, some at once; answers as many values
 * @returns for each line one, in their order; an empty one too, but not behind the last newline
 */
export async function* answerLines(
  pieces: AsyncIterable<Buffer>,
  answer: (lines: readonly Line[]) => readonly unknown[],
): AsyncGenerator<string> {
  for await (const lines of parseLines(pieces)) {
    if (lines.length > 0)
      yield `${answer(lines)
        .map((value) => JSON.stringify(value))
        .join('\n')}\n`;
  }
}

async function* parseLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  const unfinished = new UnfinishedLine();
  for await (const piece of pieces) {
    const lines: Line[] = [];
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      unfinished.add(piece.subarray(from, end));
      lines.push(unfinished.take());
      from = end + 1;
    }
    unfinished.add(piece.subarray(from));
    yield lines;
  }
  if (!unfinished.isEmpty) yield [unfinished.take()];
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

  take(): Line {
    const [pieces, length] = [this.#pieces, this.#length];
    this.#pieces = [];
    this.#length = 0;
    if (length > MOST_LINE_BYTES) return badLine('A line is too long: 1 MB at most.');
    try {
      return JSON.parse((pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)).toString());
    } catch (cause) {
      return badLine('The line is not valid JSON.', cause);
    }
  }
}

function badLine(message: string, cause?: unknown): CodedError {
  return new CodedError({ code: 'BAD_LINE', status: 422, message, cause });
}
