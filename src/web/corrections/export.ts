import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import '../http/owner.ts';
import type { Correction, DrawnStrokes } from '../../corrections/correction.ts';
import type { CorrectionStore } from '../../store/correction-store.ts';
import { inSlices } from '../../time-slices.ts';
import { imagesFile, labelsFile } from '../../training/correction-sets.ts';
import { type FilterQuery, readQuery, storeFilter } from './input.ts';

const BYTES = 'application/octet-stream';

/** `GET /corrections.json`, and the same as MNIST has it: `/corrections-images-idx3-ubyte`, `/corrections-labels-idx1-ubyte`. */
export function correctionsExportRoutes(app: FastifyInstance): void {
  app.get<{ Querystring: FilterQuery }>('/corrections.json', (request, reply) => {
    const list = jsonList(request.workbench.corrections, chosen(request));
    return asFile(reply, 'corrections.json', 'application/json').send(
      Readable.from(inSlices(enclosed('[\n', list, '\n]\n'))),
    );
  });

  app.get<{ Querystring: FilterQuery }>('/corrections-images-idx3-ubyte', async (request, reply) => {
    const images: Uint8Array[] = [];
    for await (const { image } of inSlices(chosen(request))) images.push(image);
    return asFile(reply, 'corrections-images-idx3-ubyte', BYTES).send(imagesFile(images));
  });

  app.get<{ Querystring: FilterQuery }>('/corrections-labels-idx1-ubyte', async (request, reply) => {
    const truths: number[] = [];
    for await (const { truth } of inSlices(chosen(request))) truths.push(truth);
    return asFile(reply, 'corrections-labels-idx1-ubyte', BYTES).send(labelsFile(truths));
  });

  function chosen({
    query,
    owner,
    workbench,
  }: FastifyRequest<{ Querystring: FilterQuery }>): AsyncIterable<Correction> {
    return workbench.corrections.each(storeFilter(readQuery(query), owner));
  }
}

/** JSON of the correction as scripts get it; its `image` can be sent as a `matrix`. */
export function correctionJson({ image, ...correction }: Correction, strokes: DrawnStrokes): string {
  const fields = JSON.stringify({ ...correction, image: [...image] });
  // The strokes are JSON already.
  return `${fields.slice(0, -1)},"strokes":${strokes}}`;
}

/** JSON of each correction, one per line, after the first with a leading comma, as they are read. */
export async function* jsonList(
  store: CorrectionStore,
  corrections: AsyncIterable<Correction> | Iterable<Correction>,
): AsyncGenerator<string, void, undefined> {
  let separator = '';
  for await (const correction of corrections) {
    yield separator + correctionJson(correction, await store.strokes(correction.id));
    separator = ',\n';
  }
}

export async function* enclosed(
  before: string,
  texts: AsyncIterable<string>,
  after: string,
): AsyncGenerator<string, void, undefined> {
  yield before;
  yield* texts;
  yield after;
}

function asFile(reply: FastifyReply, name: string, type: string): FastifyReply {
  return reply.type(type).header('content-disposition', `attachment; filename="${name}"`);
}
