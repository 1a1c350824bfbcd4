import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import {
  type Correction,
  type CorrectionFilter,
  type CorrectionReach,
  type DrawnStrokes,
  reachFilter,
} from '../../corrections/correction.ts';
import { CodedError } from '../../errors.ts';
import { LARGEST_PICTURE_BODY } from '../../images/sizes.ts';
import type { CorrectedDrawing, CorrectedPicture } from '../../recognition/corrected-drawing.ts';
import { choosePath } from '../../recognition/digit-path.ts';
import { imagesOf, toError } from '../../recognition/inputs.ts';
import type { SentFields } from '../../recognition/sent-input.ts';
import {
  type CorrectionCount,
  type CorrectionStore,
  MOST_CORRECTIONS,
} from '../../store/correction-store.ts';
import { inSlices } from '../../time-slices.ts';
import type { Workbenches } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { decodeBodies, sizeOf } from '../drawings/decoded-bodies.ts';
import { deletionFields } from '../http/bodies.ts';
import { multipartSize, readMultipart } from '../http/multipart-fields.ts';
import { checkOwner, correctionReach, mayChange, whose } from '../http/owner.ts';
import { isId } from '../models/find-run.ts';
import { ownReading } from '../models/serving.ts';
import type { PageContext } from '../page.ts';
import { correctionJson, enclosed, jsonList } from './export.ts';
import {
  type CorrectionQuery,
  type FilterQuery,
  queryFields,
  queryText,
  readNumber,
  readQuery,
  storeFilter,
} from './input.ts';

type Sent = CorrectedDrawing | CorrectedPicture;
/** Pictures on one page. */
const SHOWN = 60;
/** One user may take a tenth of the room for corrections. */
const MOST_OF_ONE = MOST_CORRECTIONS / 10;

/**
 * `POST /corrections` stores a correction; `GET /corrections` shows everybody's; `DELETE /corrections/:id`, or
 * without script `GET` and `POST /corrections/:id/delete`, which ask first, deletes one; `GET` and `POST
 * /corrections/delete` ask about many and delete them: a user's own, or all that an admin means.
 */
export function correctionRoutes(app: FastifyInstance, { byDefault: { reader } }: Workbenches): void {
  // A context of its own, so that only its bodies are decoded as drawings.
  app.register(async (app) => {
    decodeBodies(app, {
      decode: (encoded) => reader.decode('correction', encoded, sizeOf(encoded)),
      decodePicture: (image, { query }) =>
        decodeFields({ truth: (query as { truth?: unknown }).truth, image }),
    });
    app.post<{ Body?: Sent }>(
      '/corrections',
      { bodyLimit: LARGEST_PICTURE_BODY, config: { readsMultipart: true } },
      add,
    );
  });

  /** The answer comes from the model that reads the client's drawings, not from the client. */
  async function add(request: FastifyRequest<{ Body?: Sent }>, reply: FastifyReply): Promise<FastifyReply> {
    const sent = request.isMultipart() ? await decodeFields(await readMultipart(request)) : request.body;
    const { truth, image, strokes } = await unpack(sent ?? (await decodeFields(null)));
    const own = (await ownReading(request))?.model;
    const { predictions } = await request.workbench.reader.read(image, own);
    const [{ digit, probabilities, model }] = predictions;
    await checkRoom(request);
    const { owner } = request;
    const correction = await request.workbench.corrections.add({
      truth,
      image,
      strokes,
      answer: digit,
      probabilities,
      model,
      owner,
    });
    switch (answerForm(request)) {
      case 'page':
        return reply.redirect('/corrections', 303);
      case 'fragment':
        return reply.code(201).view('corrections/_stored', { correction });
      default:
        return sendJson(
          reply.code(201).header('location', '/corrections'),
          correctionJson(correction, strokes),
        );
    }
  }

  function decodeFields(fields: SentFields | null): Promise<Sent> {
    return reader.decode('correctionFields', fields, {
      bytes: multipartSize(fields ?? {}),
    });
  }

  /** @throws CodedError 4xx unless its picture, if it is one, has one digit */
  async function unpack(sent: Sent): Promise<CorrectedDrawing> {
    if (!('file' in sent)) return sent;
    const { truth, file } = sent;
    const { images, each } = await reader.unpack({
      images: new Uint8Array(),
      each: [{ file }],
    });
    const [seen] = each;
    if (!('count' in seen)) throw toError(seen);
    const { predictions } = await reader.read(images);
    const path = choosePath(predictions, seen.cells);
    if (path.length === 1) return { truth, image: imagesOf(images)[path[0]], strokes: null };
    const message: Message = ['errors.thePictureHasDigitsA', { count: path.length }];
    throw new CodedError({ code: 'SEVERAL_DIGITS', status: 422, message, field: 'image' });
  }

  app.get<{ Querystring: FilterQuery & { page?: string } }>('/corrections', async (request, reply) => {
    const { page: asked, ...fields } = request.query;
    const query = readQuery(fields);
    const filter = storeFilter(query, request.owner);
    const page = readNumber(asked, 'page') ?? 1;
    const shown = await request.workbench.corrections.list(filter, {
      limit: SHOWN,
      offset: (page - 1) * SHOWN,
    });
    const count = await request.workbench.corrections.count(filter);
    if (answerForm(request) === 'json') {
      const before = `{"count":${count},"page":${page},"corrections":[`;
      const texts = enclosed(before, jsonList(request.workbench.corrections, shown), ']}');
      return sendJson(reply.header('vary', 'accept'), Readable.from(inSlices(texts)));
    }
    const { mine } = query;
    const counts = await request.workbench.corrections.counts(storeFilter({ mine }, request.owner));
    const reach = correctionReach(request);
    return reply.page<CorrectionsContext>('corrections/index', {
      title: request.t('corrections.corrections'),
      page: 'corrections',
      corrections: shown.map((correction) => ({
        ...correction,
        whose: whose(request, correction),
        mayDelete: mayChange(request, correction),
      })),
      count,
      all: await request.workbench.corrections.count(),
      truths: digitLinks('truth', query, counts),
      answers: digitLinks('answer', query, counts),
      owners: await ownerLinks(request, query),
      learnt:
        request.role === 'guest'
          ? null
          : { reach, count: await request.workbench.corrections.count(reachFilter(reach)) },
      deletable:
        request.role === 'guest' ? 0 : await request.workbench.corrections.count(deletable(request, query)),
      query: queryText(query),
      newer: page > 1 ? pageUrl(query, page - 1) : null,
      older: count > page * SHOWN ? pageUrl(query, page + 1) : null,
    });
  });

  app.get<{ Querystring: FilterQuery }>('/corrections/delete', async (request, reply) => {
    const query = readQuery(request.query);
    const [newest] = await request.workbench.corrections.list(deletable(request, query), { limit: 1 });
    if (newest === undefined) return reply.redirect('/corrections', 303);
    const meant = { ...query, newest: newest.id };
    const count = await request.workbench.corrections.count(deletable(request, meant));
    const own = await request.workbench.corrections.count(
      storeFilter({ ...meant, mine: true }, request.owner),
    );
    return reply.page<DeleteCorrectionsContext>('corrections/delete', {
      title: request.t('corrections.deleteTitle'),
      page: 'corrections',
      count,
      others: count - own,
      truth: query.truth ?? null,
      answer: query.answer ?? null,
      fields: queryFields(meant),
      back: `/corrections${queryText(query)}`,
    });
  });

  app.post('/corrections/delete', async (request, reply) => {
    const meant = deletable(request, readQuery(deletionFields(request.body)));
    const deleted = await deleteAll(request.workbench.corrections, meant);
    return answerForm(request) === 'json' ? reply.send({ deleted }) : reply.redirect('/corrections', 303);
  });

  app.get<{ Params: { id: string } }>('/corrections/:id/delete', async (request, reply) => {
    const correction = await ownCorrection(request, request.params.id);
    return reply.page<DeleteCorrectionContext>('corrections/delete-one', {
      title: request.t('corrections.deleteOneTitle', { id: correction.id }),
      page: 'corrections',
      correction,
      whose: whose(request, correction),
    });
  });

  app.post<{ Params: { id: string } }>('/corrections/:id/delete', async (request, reply) => {
    const { correction, strokes } = await deleteOne(request, request.params.id);
    // A request from htmx is the Undo beside "Saved": its form can be sent again.
    if (answerForm(request) === 'fragment')
      return reply.view('corrections/_wrong', { image: [...correction.image] });
    return deleted(request, reply, correction, strokes);
  });

  app.delete<{ Params: { id: string } }>('/corrections/:id', async (request, reply) => {
    const { correction, strokes } = await deleteOne(request, request.params.id);
    return deleted(request, reply, correction, strokes);
  });

  /** A few at a time, so that requests are answered in between. @returns how many were deleted */
  async function deleteAll(corrections: CorrectionStore, meant: CorrectionFilter): Promise<number> {
    for (let deleted = 0; ; await nextTurn()) {
      const some = await corrections.deleteSome(meant);
      if (some === 0) return deleted;
      deleted += some;
    }
  }

  /** @throws CodedError 403, 404 */
  async function deleteOne(
    request: FastifyRequest,
    id: string,
  ): Promise<{ correction: Correction; strokes: DrawnStrokes }> {
    const correction = await ownCorrection(request, id);
    const strokes = await request.workbench.corrections.strokes(correction.id);
    await request.workbench.corrections.delete(correction.id);
    return { correction, strokes };
  }

  /** @throws CodedError 403, 404 */
  async function ownCorrection(request: FastifyRequest, id: string): Promise<Correction> {
    const correction = isId(id) ? await request.workbench.corrections.get(Number(id)) : null;
    if (correction === null) {
      const message: Message = ['errors.thereIsNoCorrectionIt', { id: id.slice(0, 20) }];
      throw new CodedError({ code: 'NO_SUCH_CORRECTION', status: 404, message });
    }
    checkOwner(request, correction, 'delete', 'Correction');
    return correction;
  }

  /** One pupil must not use up the room of all. @throws CodedError 409 */
  async function checkRoom(request: FastifyRequest): Promise<void> {
    const reach = correctionReach(request);
    if (
      reach === 'everybody' ||
      (await request.workbench.corrections.count(reachFilter(reach))) < MOST_OF_ONE
    )
      return;
    const message: Message = [
      'errors.youHaveCorrectionsWhichIs',
      { mostOfOne: MOST_OF_ONE.toLocaleString('en') },
    ];
    throw new CodedError({ code: 'NO_ROOM', status: 409, message });
  }

  /** Everybody's and one's own, when both are there. */
  async function ownerLinks(request: FastifyRequest, query: CorrectionQuery): Promise<FilterLink[]> {
    const link = async (text: string, mine: boolean) => ({
      text,
      count: await request.workbench.corrections.count(storeFilter({ ...query, mine }, request.owner)),
      url: `/corrections${queryText({ ...query, mine })}`,
      current: query.mine === mine,
    });
    const [anybody, own] = [await link('anybody', false), await link('me', true)];
    const isMixed = own.count > 0 && own.count < anybody.count;
    return isMixed || query.mine ? [anybody, own] : [];
  }
}

/** Those of the selected corrections that the client may delete together. */
function deletable(request: FastifyRequest, query: CorrectionQuery): CorrectionFilter {
  return { ...storeFilter(query, request.owner), ...reachFilter(correctionReach(request)) };
}

function deleted(
  request: FastifyRequest,
  reply: FastifyReply,
  correction: Correction,
  strokes: DrawnStrokes,
): FastifyReply {
  if (answerForm(request) === 'json') return sendJson(reply, correctionJson(correction, strokes));
  return reply.redirect('/corrections', 303);
}

function sendJson(reply: FastifyReply, text: string | Readable): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(text);
}

function pageUrl(query: CorrectionQuery, page: number): string {
  const text = queryText(query);
  return `/corrections${text}${text ? '&' : '?'}page=${page}`;
}

/** A link for each digit that occurs under the other filter, and one for all of them. */
function digitLinks(
  name: 'truth' | 'answer',
  query: CorrectionQuery,
  counts: readonly CorrectionCount[],
): FilterLink[] {
  const other = name === 'truth' ? 'answer' : 'truth';
  const within = counts.filter((row) => query[other] == null || row[other] === query[other]);
  const digits = [...new Set(within.map((row) => row[name]))].sort();
  const link = (digit: number | null) => ({
    text: digit === null ? 'any' : String(digit),
    count: within.reduce((sum, row) => sum + (digit === null || row[name] === digit ? row.count : 0), 0),
    url: `/corrections${queryText({ ...query, [name]: digit })}`,
    current: (query[name] ?? null) === digit,
  });
  return [null, ...digits].map(link);
}

/** views/corrections/index.eta */
export interface CorrectionsContext extends PageContext {
  /** Those on this page, newest first. */
  readonly corrections: readonly CorrectionItem[];
  /** How many match the filter, on all pages, and how many there are in all. */
  readonly count: number;
  readonly all: number;
  readonly truths: readonly FilterLink[];
  readonly answers: readonly FilterLink[];
  /** Empty while all of them, or none, are the client's own. */
  readonly owners: readonly FilterLink[];
  /** What a run of the client's would train on, and how many they are; null for guests. */
  readonly learnt: { readonly reach: CorrectionReach; readonly count: number } | null;
  /** How many of the matching ones, on all pages, the client may delete. */
  readonly deletable: number;
  /** The filter as the end of an address: "", or from "?" on. */
  readonly query: string;
  readonly newer: string | null;
  readonly older: string | null;
}

export interface CorrectionItem extends Correction {
  /** "Ada's"; null when it is the client's own, or has no owner. */
  readonly whose: string | null;
  readonly mayDelete: boolean;
}

export interface FilterLink {
  readonly text: string;
  readonly count: number;
  readonly url: string;
  readonly current: boolean;
}

/** views/corrections/delete.eta */
export interface DeleteCorrectionsContext extends PageContext {
  /** How many are to be deleted, and how many of those are not the client's own. */
  readonly count: number;
  readonly others: number;
  readonly truth: number | null;
  readonly answer: number | null;
  /** The fields that the form sends. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Address to go back to. */
  readonly back: string;
}

/** views/corrections/delete-one.eta */
export interface DeleteCorrectionContext extends PageContext {
  readonly correction: Correction;
  readonly whose: string | null;
}
