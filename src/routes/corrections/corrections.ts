import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { CodedError } from '../../errors.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import type { CorrectedDrawing } from '../../recognition/corrected-drawing.ts';
import type { Correction, CorrectionFilter } from '../../store/correction.ts';
import type { CorrectionCount } from '../../store/correction-store.ts';
import { decodeBodies, sizeOf } from '../decoded-bodies.ts';
import { ownReading } from '../recognition/serving.ts';
import { isId } from '../runs/find-run.ts';
import { bodyFields } from '../runs/settings-input.ts';
import type { CorrectionsContext, DeleteCorrectionsContext } from './correction-contexts.ts';
import { type FilterQuery, filterQuery, readFilter, readNumber } from './correction-input.ts';
import { correctionJson } from './corrections-export.ts';

/** A drawing of 20,000 points has 300 kB, in a form some more. */
const BODY_BYTES = 2 ** 20;
/** In place of a body that was left out. */
const NOTHING = { bytes: Buffer.from('null'), format: 'json' } as const;
/** Pictures on one page. */
const SHOWN = 60;

/**
 * `POST /corrections` keeps what a drawing was; `GET /corrections` shows them; `DELETE /corrections/:id`, or without
 * script `POST /corrections/:id/delete`, deletes one; `GET` and `POST /corrections/delete` ask about many and delete them.
 */
export function correctionRoutes(app: FastifyInstance, parts: Parts): void {
  const { corrections, reader } = parts;
  // By itself, so that only here a drawing is made of the body.
  app.register(async (app) => {
    decodeBodies(app, (encoded) => reader.decode('correction', encoded, sizeOf(encoded)));
    app.post<{ Body?: CorrectedDrawing }>('/corrections', { bodyLimit: BODY_BYTES }, add);
  });

  /** What was read is asked of the model that reads the client's drawings, not of the client. */
  async function add(
    request: FastifyRequest<{ Body?: CorrectedDrawing }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { truth, image, strokes } =
      request.body ?? (await reader.decode('correction', NOTHING, { bytes: 0 }));
    const own = ownReading(parts, request)?.model;
    const { predictions } = own ? await reader.readBy(own, image) : await reader.read(image);
    const [{ digit, probabilities, model }] = predictions;
    const correction = corrections.add({ truth, image, strokes, answer: digit, probabilities, model });
    switch (answerForm(request)) {
      case 'page':
        return reply.redirect('/corrections', 303);
      case 'fragment':
        return reply.code(201).view('corrections/_stored', { correction });
      default:
        return reply.code(201).header('location', '/corrections').send(correctionJson(correction));
    }
  }

  app.get<{ Querystring: FilterQuery & { page?: string } }>('/corrections', (request, reply) => {
    const { page: asked, ...fields } = request.query;
    const filter = readFilter(fields);
    const page = readNumber(asked, 'page') ?? 1;
    const shown = corrections.list(filter, { limit: SHOWN, offset: (page - 1) * SHOWN });
    const count = corrections.count(filter);
    if (answerForm(request) === 'json') {
      return reply.header('vary', 'accept').send({ count, page, corrections: shown.map(correctionJson) });
    }
    const counts = corrections.counts();
    return reply.page<CorrectionsContext>('corrections/index', {
      title: 'Corrections',
      page: 'corrections',
      corrections: shown,
      count,
      all: corrections.count(),
      filter,
      truths: digitLinks('truth', filter, counts),
      answers: digitLinks('answer', filter, counts),
      query: filterQuery(filter),
      newer: page > 1 ? pageUrl(filter, page - 1) : null,
      older: count > page * SHOWN ? pageUrl(filter, page + 1) : null,
    });
  });

  app.get<{ Querystring: FilterQuery }>('/corrections/delete', (request, reply) => {
    const filter = readFilter(request.query);
    const [newest] = corrections.list(filter, { limit: 1 });
    if (newest === undefined) return reply.redirect('/corrections', 303);
    const meant = { ...filter, newest: newest.id };
    return reply.page<DeleteCorrectionsContext>('corrections/delete', {
      title: 'Delete corrections',
      page: 'corrections',
      count: corrections.count(meant),
      filter: meant,
      back: `/corrections${filterQuery(filter)}`,
    });
  });

  app.post('/corrections/delete', (request, reply) => {
    const deleted = corrections.deleteAll(readFilter(bodyFields(request.body)));
    return answerForm(request) === 'json' ? reply.send({ deleted }) : reply.redirect('/corrections', 303);
  });

  app.post<{ Params: { id: string } }>('/corrections/:id/delete', (request, reply) => {
    const correction = deleteOne(request.params.id);
    // What htmx asks is the Undo behind "Stored": it can be said anew.
    if (answerForm(request) === 'fragment')
      return reply.view('corrections/_wrong', { image: [...correction.image] });
    return deleted(request, reply, correction);
  });

  app.delete<{ Params: { id: string } }>('/corrections/:id', (request, reply) =>
    deleted(request, reply, deleteOne(request.params.id)),
  );

  /** @throws CodedError 404 */
  function deleteOne(id: string): Correction {
    const correction = isId(id) ? corrections.delete(Number(id)) : null;
    if (correction !== null) return correction;
    const message = `There is no correction ${id.slice(0, 20)}: it may have been deleted already.`;
    throw new CodedError({ code: 'NO_SUCH_CORRECTION', status: 404, message });
  }
}

function deleted(request: FastifyRequest, reply: FastifyReply, correction: Correction): FastifyReply {
  if (answerForm(request) === 'json') return reply.send(correctionJson(correction));
  return reply.redirect('/corrections', 303);
}

function pageUrl(filter: CorrectionFilter, page: number): string {
  const query = filterQuery(filter);
  return `/corrections${query}${query ? '&' : '?'}page=${page}`;
}

/** A link for each digit that occurs beside what the other filter says, and one for all of them. */
function digitLinks(
  name: 'truth' | 'answer',
  filter: CorrectionFilter,
  counts: readonly CorrectionCount[],
): CorrectionsContext['truths'] {
  const other = name === 'truth' ? 'answer' : 'truth';
  const within = counts.filter((row) => filter[other] == null || row[other] === filter[other]);
  const digits = [...new Set(within.map((row) => row[name]))].sort();
  const link = (digit: number | null) => ({
    digit,
    count: within.reduce((sum, row) => sum + (digit === null || row[name] === digit ? row.count : 0), 0),
    url: `/corrections${filterQuery({ ...filter, [name]: digit })}`,
    current: (filter[name] ?? null) === digit,
  });
  return [null, ...digits].map(link);
}
