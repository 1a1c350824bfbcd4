import type { Readable } from 'node:stream';
import { errorCodes, type FastifyRequest } from 'fastify';

/** Fewer bytes than this are joined at the end, which takes no time. */
const FEW = 2 ** 18;

/** Bytes of large bodies that are accepted in one turn of the event loop: the system would hand over 2 MB of each. */
const TURN_BYTES = 2 ** 20;

/**
 * Bytes that arrive in pieces. Large bodies are copied into place as they arrive: joining them at the end would, for a few
 * photographs at once, hold up everybody else.
 */
export class GatheredBytes {
  /** Bytes. */
  length = 0;
  readonly #most: number;
  #pieces: Uint8Array[] = [];
  /** The system allocates memory only where it is written to. */
  #whole: Buffer | null = null;

  /** @param most bytes allowed */
  constructor(most: number) {
    this.#most = most;
  }

  /** @throws 413 when there are more than allowed */
  add(piece: Uint8Array): void {
    const length = this.length + piece.length;
    if (length > this.#most) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    if (length > FEW && this.#whole === null) {
      this.#whole = Buffer.allocUnsafeSlow(this.#most);
      this.#whole.set(Buffer.concat(this.#pieces, this.length));
      this.#pieces = [];
    }
    if (this.#whole === null) this.#pieces.push(piece);
    else this.#whole.set(piece, this.length);
    this.length = length;
  }

  join(): Buffer {
    return this.#whole?.subarray(0, this.length) ?? Buffer.concat(this.#pieces, this.length);
  }
}

/**
 * A request's whole body, for a content type parser that is given the stream.
 *
 * @param body as received, or decompressed
 * @throws 413 when it is larger than its route allows, 400 when it is incomplete or its length is not the header's
 */
export function readBytes(request: FastifyRequest, body: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const limit = request.routeOptions.bodyLimit ?? 0;
    const said = Number(request.headers['content-length'] ?? Number.NaN);
    if (said > limit) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    const hasLength = body === request.raw && !Number.isNaN(said);
    const bytes = new GatheredBytes(hasLength ? said : limit);
    const stop = (error: Error & { statusCode?: number }) => {
      body.off('data', gather).off('end', finish).off('error', stop);
      error.statusCode ??= 400;
      reject(error);
    };
    const gather = (piece: Uint8Array) => {
      try {
        bytes.add(piece);
        if (bytes.length > FEW) takeTurns(body, piece.length);
      } catch (error) {
        stop(error as Error);
      }
    };
    const finish = () => {
      if (!hasLength || bytes.length === said) resolve(bytes.join());
      else reject(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH());
    };
    body.on('data', gather).on('end', finish).on('error', stop).resume();
  });
}

let takenInTurn = 0;

/** Pauses `body`, of which `bytes` were just accepted, until the next turn if this one has accepted enough. */
function takeTurns(body: Readable, bytes: number): void {
  if (takenInTurn === 0) {
    setImmediate(() => {
      takenInTurn = 0;
    });
  }
  takenInTurn += bytes;
  if (takenInTurn < TURN_BYTES) return;
  body.pause();
  setImmediate(() => body.resume());
}
