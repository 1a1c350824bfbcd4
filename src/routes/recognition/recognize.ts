import { Readable } from 'node:stream';
import type { Multipart } from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { CodedError } from '../../errors.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import { checkInputs, join, readBatch, readInPieces } from '../../recognition/batch.ts';
import { Gathering } from '../../recognition/gathering.ts';
import { type Input, inputToImages, isInput, nothingSent } from '../../recognition/input.ts';
import { answerLines } from '../../recognition/json-lines.ts';
import { type Model, modelName } from '../../recognition/model.ts';
import { pictureToImages } from '../../recognition/picture.ts';
import { type Reading, toReading } from '../../recognition/reading.ts';
import { jsonField } from '../json-field.ts';
import { findRun } from '../runs/find-run.ts';
import type { PredictionContext, PredictionPageContext } from './prediction-contexts.ts';
import { ownReading } from './serving.ts';

/** Largest picture file. */
const PICTURE_BYTES = 4 * 2 ** 20;
/** A batch of 1,000 matrices has 4 MB; also room for a picture and the form's other fields. */
const BODY_BYTES = 8 * 2 ** 20;
const NDJSON = 'application/x-ndjson';

/** What a client sent to be read: one of the three, or many `inputs`. */
interface Body extends Input {
  readonly image?: Buffer;
  /** The run that is to read it, as it is after its last epoch; else the serving model does. */
  readonly run?: unknown;
  readonly inputs?: unknown;
}

/**
 * `POST /recognize`
 *
 * - a `matrix`, `strokes` or a picture → the digit, as text, JSON, fragment or page; several when drawn apart
 * - JSON `{ inputs: [{ matrix } | { strokes }, …] }`, at most 1,000 → `{ results, model }`, one result each
 * - application/x-ndjson, `{ matrix } | { strokes }` a line, any number of them → one result a line, while they come
 */
export function recognizeRoutes(app: FastifyInstance, parts: Parts): void {
  const { recognition } = parts;
  const gathering = new Gathering(read);

  // By itself, so that no other route is given such a body.
  app.register(async (app) => {
    app.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, payload));
    app.post('/recognize', { bodyLimit: BODY_BYTES }, (request, reply) => {
      if (request.body instanceof Readable) return answerStream(reply, request.body);
      if (isInput(request.body) && 'inputs' in request.body) return answerBatch(request.body);
      return answerOne(request, reply);
    });
  });

  async function answerOne(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const body = await readBody(request);
      const images = await toImages(body);
      const { run = '' } = body;
      const learner = run === '' ? null : learningModel(parts, String(run));
      const own = learner ? null : (ownReading(parts, request)?.model ?? null);
      const reader = learner ?? own;
      const predictions = reader
        ? await recognition.recogniseBy(reader, join(images))
        : await gathering.recognise(images);
      const { model } = predictions[0];
      return send(request, reply, {
        reading: toReading(predictions),
        model,
        images,
        reader: learner ? model : own && `your ${model}`,
      });
    } catch (error) {
      return sendFailure(request, reply, error);
    }
  }

  async function answerBatch({ inputs, run }: Body) {
    if (run !== undefined) throw oneAtATime();
    const checked = checkInputs(inputs);
    for (;;) {
      const model = recognition.serving;
      const results = await readInPieces(checked, read);
      // One answer is of one model: one that was put into service meanwhile reads them again.
      if (model && model === recognition.serving) return { results, model: modelName(model) };
    }
  }

  async function answerStream(reply: FastifyReply, body: Readable): Promise<FastifyReply> {
    read(new Uint8Array()); // Without a model it is refused as a whole.
    const answers = answerLines(body, (lines) => readBatch(lines, read));
    return reply.type(NDJSON).send(Readable.from(answers, { highWaterMark: 1 }));
  }

  function read(images: Uint8Array) {
    return recognition.recognise(images);
  }
}

async function readBody(request: FastifyRequest): Promise<Body> {
  if (request.isMultipart()) return readMultipart(request);
  if (!isInput(request.body)) throw nothingSent();
  return request.body;
}

async function readMultipart(request: FastifyRequest): Promise<Body> {
  const input: { matrix?: unknown; strokes?: unknown; run?: unknown; image?: Buffer } = {};
  try {
    for await (const part of request.parts({ limits: { fileSize: PICTURE_BYTES, files: 1, fields: 4 } })) {
      if (part.fieldname === 'image' && part.type === 'file') input.image = await part.toBuffer();
      else if (part.fieldname === 'matrix') input.matrix = await fieldValue(part);
      else if (part.fieldname === 'strokes') input.strokes = await fieldValue(part);
      else if (part.fieldname === 'run') input.run = await fieldValue(part);
      else if (part.type === 'file') await part.toBuffer();
    }
    return input;
  } catch (cause) {
    // The parser's own errors have no status; those with one say what is wrong.
    if ((cause as { statusCode?: number }).statusCode !== undefined) throw cause;
    const message = 'The form is damaged or cut short.';
    throw new CodedError({ code: 'BAD_MULTIPART', status: 400, message, cause });
  }
}

/** JSON comes as a field or as a file. */
async function fieldValue(part: Multipart): Promise<unknown> {
  return part.type === 'file' ? (await part.toBuffer()).toString() : part.value;
}

function oneAtATime(): CodedError {
  const message = 'A "run" reads one drawing at a time, not "inputs".';
  return new CodedError({ code: 'BAD_INPUTS', status: 422, message, field: 'run' });
}

/** @throws CodedError 404, or 409 before its first epoch is done */
function learningModel(parts: Parts, id: string): Model {
  const run = findRun(parts, id);
  const model = parts.choice.afterEpoch(run.id, run.epochsDone);
  if (model !== null) return model;
  const message = `Run ${run.id} has no weights yet: it has not finished an epoch.`;
  throw new CodedError({ code: 'NO_WEIGHTS', status: 409, message });
}

async function toImages({ matrix, strokes, image }: Body): Promise<Uint8Array[]> {
  if (matrix === undefined && strokes === undefined && image?.length) return pictureToImages(image);
  return inputToImages({ matrix: jsonField(matrix, 'matrix'), strokes: jsonField(strokes, 'strokes') });
}

interface Answer {
  readonly reading: Reading;
  readonly model: string;
  /** One for each digit. */
  readonly images: readonly Uint8Array[];
  /** "run 3, epoch 2", "your run 4, epoch 5", when another model than the one in service has read it; else null. */
  readonly reader: string | null;
}

function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const { reading, model } = answer;
  switch (answerForm(request, 'text')) {
    case 'json':
      return reply.send({ ...reading, model });
    case 'text':
      return reply.type('text/plain; charset=utf-8').send(plainText(request, reading));
    case 'fragment':
      return reply.view('recognition/_prediction', prediction(answer));
    case 'page':
      return predictionPage(reply, prediction(answer));
  }
}

/**
 * A script that posts the tutorial's form field gets what the tutorial answered, exactly; how sure that is stands in the
 * JSON and on the page.
 */
function plainText(request: FastifyRequest, reading: Reading): string {
  const isForm = isInput(request.body) && 'matrix' in request.body && !('strokes' in request.body);
  if (isForm) return `Digit ${reading.digit}`;
  return reading.fault === undefined ? reading.text : `${reading.text} ${reading.fault}.`;
}

/** What people see shows the sentence where the answer would be; the rest is the error handler's. */
function sendFailure(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const form = answerForm(request, 'text');
  const expected = error instanceof CodedError;
  if (!expected || form === 'json' || form === 'text') throw error;
  reply.code(error.status);
  const failure: PredictionContext = {
    answer: error.message,
    failed: true,
    digit: null,
    probabilities: [],
    images: [],
    image: null,
    reader: null,
  };
  return form === 'fragment'
    ? reply.view('recognition/_prediction', failure)
    : predictionPage(reply, failure);
}

function predictionPage(reply: FastifyReply, context: PredictionContext): FastifyReply {
  return reply.page<PredictionPageContext>('recognition/show', {
    title: context.answer,
    page: 'workbench',
    prediction: context,
  });
}

function prediction({ reading, images, reader }: Answer): PredictionContext {
  const { text, sure, fault = null, digit, probabilities } = reading;
  const bytes = images.map((image) => [...image]);
  return {
    answer: text,
    failed: false,
    sure,
    fault,
    digit,
    probabilities,
    image: bytes[0],
    images: bytes,
    reader,
  };
}
