import { Readable } from 'node:stream';
import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { inSlices } from '../../time-slices.ts';

/** Bytes given to the parser at once: they may begin hundreds of parts. */
const STEP = 4096;

type PartsOptions = Parameters<FastifyRequest['parts']>[0];

/**
 * The parts of a multipart form, as `request.parts` has them, but parsed a slice of time at a time: a form of 8 MB may
 * have a million of them. Nothing after the first part too many is parsed.
 *
 * @throws what `request.parts` throws: 413 when a limit is passed
 */
export async function* partsOf(
  request: FastifyRequest,
  options: PartsOptions,
): AsyncGenerator<Multipart, void, undefined> {
  const body = Object.assign(Readable.from(inSlices(inSteps(request.raw))), {
    headers: request.headers,
  });
  try {
    // It parses the request's `raw` stream.
    yield* request.parts.call(Object.create(request, { raw: { value: body } }), options);
  } finally {
    body.destroy();
  }
}

async function* inSteps(body: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false })) {
      for (let from = 0; from < piece.length; from += STEP) yield piece.subarray(from, from + STEP);
    }
  } finally {
    // A connection is free for the next request only once all of this one has arrived.
    body.resume();
  }
}
