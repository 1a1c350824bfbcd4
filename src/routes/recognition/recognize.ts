import { Readable } from 'node:stream';
import type { Multipart } from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { CodedError } from '../../errors.ts';
import { partsOf } from '../../plugins/multipart-parts.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import { type Inputs, imagesOf, toError } from '../../recognition/inputs.ts';
import { answerLines, type Lines, tooLong } from '../../recognition/json-lines.ts';
import { type Model, modelName } from '../../recognition/model.ts';
import { readPicture } from '../../recognition/picture.ts';
import type { Question } from '../../recognition/question.ts';
import { type Reading, toReading } from '../../recognition/reading.ts';
import { decodeBodies, sizeOf } from '../decoded-bodies.ts';
import { findRun } from '../runs/find-run.ts';
import type { PredictionContext, PredictionPageContext } from './prediction-contexts.ts';
import { ownReading } from './serving.ts';

/** Largest picture file. */
const PICTURE_BYTES = 4 * 2 ** 20;
/** A batch of 1,000 matrices has 4 MB; also room for a picture and the form's other fields. */
const BODY_BYTES = 8 * 2 ** 20;
const NDJSON = 'application/x-ndjson';

/**
 * `POST /recognize`
 *
 * - a `matrix`, `strokes` or a picture → the digit, as text, JSON, fragment or page; several when drawn apart
 * - JSON `{ inputs: [{ matrix } | { strokes }, …] }`, at most 1,000 → `{ results, model }`, one result each
 * - application/x-ndjson, `{ matrix } | { strokes }` a line, any number of them → one result a line, while they come
 */
export function recognizeRoutes(app: FastifyInstance, parts: Parts): void {
  const { recognition, reader } = parts;

  // By itself, so that no other route is given such a body.
  app.register(async (app) => {
    app.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, payload));
    decodeBodies(app, (encoded) => reader.decode('question', encoded, sizeOf(encoded)));
    app.post('/recognize', { bodyLimit: BODY_BYTES }, async (request, reply) => {
      if (request.body instanceof Readable) return answerStream(reply, request.body);
      const question = isQuestion(request.body) ? request.body : null;
      return question?.isMany ? answerMany(reply, question) : answerOne(request, reply, question);
    });
  });

  async function answerOne(
    request: FastifyRequest,
    reply: FastifyReply,
    question: Question | null,
  ): Promise<FastifyReply> {
    try {
      const { inputs, run } = question ?? (await ask(request));
      const [count] = inputs.each;
      if (typeof count !== 'number') throw toError(count);
      const learner = run ? learningModel(parts, run) : null;
      const own = learner ? null : (ownReading(parts, request)?.model ?? null);
      const other = learner ?? own;
      const { predictions, model } = other
        ? await reader.readBy(other, inputs.images)
        : await reader.read(inputs.images);
      const name = modelName(model);
      return send(request, reply, {
        reading: toReading(predictions),
        model: name,
        images: imagesOf(inputs.images),
        reader: learner ? name : own && `your ${name}`,
        isTutorial: question?.isTutorial ?? false,
      });
    } catch (error) {
      return sendFailure(request, reply, error);
    }
  }

  async function ask(request: FastifyRequest): Promise<Pick<Question, 'inputs' | 'run'>> {
    if (!request.isMultipart()) return reader.decode('fields', null, { bytes: 0 });
    const { image, ...fields } = await readMultipart(request);
    const bytes = String(fields.matrix ?? '').length + String(fields.strokes ?? '').length;
    if (bytes > 0 || !image?.length) return reader.decode('fields', fields, { bytes });
    const picture = await readPicture(image);
    // Its memory is the library's, and is copied.
    const inputs = await reader.decode('picture', picture, { bytes: picture.grey.length });
    return { inputs, run: fields.run ?? null };
  }

  async function answerMany(reply: FastifyReply, { inputs, run }: Question): Promise<FastifyReply> {
    if (run !== null) throw oneAtATime();
    const { results, model } = await reader.readMany(inputs);
    const name = JSON.stringify(modelName(model));
    return reply
      .type('application/json; charset=utf-8')
      .send(`{"results":[${results.join(',')}],"model":${name}}`);
  }

  async function answerStream(reply: FastifyReply, body: Readable): Promise<FastifyReply> {
    recognition.recognise(new Uint8Array()); // Without a model it is refused as a whole.
    return reply.type(NDJSON).send(Readable.from(answerLines(body, answerSome), { highWaterMark: 1 }));
  }

  async function answerSome(lines: Lines): Promise<string> {
    const inputs: Inputs = lines ? await reader.decode('lines', lines, { bytes: lines.length }) : tooLong();
    const { results } = await reader.readMany(inputs);
    return `${results.join('\n')}\n`;
  }
}

const isQuestion = (body: unknown): body is Question =>
  typeof body === 'object' && body !== null && 'inputs' in body;

interface MultipartFields {
  matrix?: string;
  strokes?: string;
  run?: string;
  image?: Buffer;
}

async function readMultipart(request: FastifyRequest): Promise<MultipartFields> {
  const input: MultipartFields = {};
  try {
    const limits = { fileSize: PICTURE_BYTES, files: 1, fields: 4, parts: 6 };
    for await (const part of partsOf(request, { limits })) {
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
async function fieldValue(part: Multipart): Promise<string> {
  return part.type === 'file' ? (await part.toBuffer()).toString() : String(part.value);
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

interface Answer {
  readonly reading: Reading;
  readonly model: string;
  /** One for each digit. */
  readonly images: readonly Uint8Array[];
  /** "run 3, epoch 2", "your run 4, epoch 5", when another model than the one in service has read it; else null. */
  readonly reader: string | null;
  /** Was it sent as the tutorial's scripts send it? */
  readonly isTutorial: boolean;
}

function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const { reading, model } = answer;
  switch (answerForm(request, 'text')) {
    case 'json':
      return reply.send({ ...reading, model });
    case 'text':
      return reply.type('text/plain; charset=utf-8').send(plainText(answer));
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
function plainText({ reading, isTutorial }: Answer): string {
  if (isTutorial) return `Digit ${reading.digit}`;
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
