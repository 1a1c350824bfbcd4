import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import '../../plugins/owner.ts';
import type { Correction } from '../../store/correction.ts';
import { imagesFile, labelsFile } from '../../training/corrections.ts';
import { type FilterQuery, readQuery, storeFilter } from './correction-input.ts';

const BYTES = 'application/octet-stream';

/** `GET /corrections.json`, and the same as MNIST has it: `/corrections-images-idx3-ubyte`, `/corrections-labels-idx1-ubyte`. */
export function correctionsExportRoutes(app: FastifyInstance, { corrections }: Parts): void {
  app.get<{ Querystring: FilterQuery }>('/corrections.json', (request, reply) => {
    const list = jsonList(chosen(request));
    return asFile(reply, 'corrections.json', 'application/json').send(Readable.from(list));
  });

  app.get<{ Querystring: FilterQuery }>('/corrections-images-idx3-ubyte', (request, reply) => {
    const images = [...chosen(request)].map(({ image }) => image);
    return asFile(reply, 'corrections-images-idx3-ubyte', BYTES).send(imagesFile(images));
  });

  app.get<{ Querystring: FilterQuery }>('/corrections-labels-idx1-ubyte', (request, reply) => {
    const truths = [...chosen(request)].map(({ truth }) => truth);
    return asFile(reply, 'corrections-labels-idx1-ubyte', BYTES).send(labelsFile(truths));
  });

  function chosen({ query, owner }: FastifyRequest<{ Querystring: FilterQuery }>): Iterable<Correction> {
    return corrections.each(storeFilter(readQuery(query), owner));
  }
}

/** The correction as scripts get it; its `image` can be sent as a `matrix`. */
export function correctionJson({ image, ...correction }: Correction) {
  return { ...correction, image: [...image] };
}

/** A list, a correction a line, while they are read. */
function* jsonList(corrections: Iterable<Correction>): Generator<string, void, void> {
  let separator = '[\n';
  for (const correction of corrections) {
    yield separator + JSON.stringify(correctionJson(correction));
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

function asFile(reply: FastifyReply, name: string, type: string): FastifyReply {
  return reply.type(type).header('content-disposition', `attachment; filename="${name}"`);
}
