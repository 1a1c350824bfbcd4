import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import type { GreyPicture } from '../../images/ink.ts';
import { isPictureFile, pictureUrl } from '../../images/picture.ts';
import { LARGEST_PICTURE_BODY } from '../../images/sizes.ts';
import type { Remarks } from '../../images/taken.ts';
import { type WrittenOut, writeOut } from '../../inside/unit.ts';
import { choosePath } from '../../recognition/digit-path.ts';
import { type Inputs, imagesOf, type Seen, toError } from '../../recognition/inputs.ts';
import { asText } from '../../recognition/json-field.ts';
import { answerLines, type Lines, tooLong } from '../../recognition/json-lines.ts';
import { type Model, modelName } from '../../recognition/model.ts';
import { askPicture, type Question } from '../../recognition/question.ts';
import { type DigitReading, type Reading, toReading } from '../../recognition/reading.ts';
import type { SentFields } from '../../recognition/sent-input.ts';
import type { Workbench, Workbenches } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { JSON_LINES_TYPES } from '../http/bodies.ts';
import { multipartSize, readMultipart } from '../http/multipart-fields.ts';
import { insideJson, valueJson } from '../inside/json.ts';
import { type Look, lookInto, toPixels } from '../inside/look.ts';
import { unitAt } from '../inside/unit-address.ts';
import { type LookedContext, lookedContext } from '../inside/view.ts';
import { findRun } from '../models/find-run.ts';
import { chosenReaders } from '../models/readers.ts';
import { readingModel, versionJson } from '../models/serving.ts';
import type { PageContext } from '../page.ts';
import { decodeBodies, sizeOf } from './decoded-bodies.ts';

const NDJSON = 'application/x-ndjson';

/**
 * `POST /recognize`
 *
 * - a `matrix`, `strokes` or an `image`, in a form or as JSON, or a picture alone → the digit, as text, JSON, fragment or page; several when drawn apart
 * - JSON `{ inputs: [{ matrix } | { strokes } | { image }, …] }`, at most 1,000 → `{ results, model }`, one result each
 * - application/x-ndjson, `{ matrix } | { strokes } | { image }` a line, any number of them → one result a line, while they come
 */
export function recognizeRoutes(app: FastifyInstance, { byDefault: { reader } }: Workbenches): void {
  // A context of its own, so that no other route receives such a body.
  app.register(async (app) => {
    app.addContentTypeParser(JSON_LINES_TYPES, (_request, payload, done) => done(null, payload));
    decodeBodies(app, {
      decode: (encoded) => reader.decode('question', encoded, sizeOf(encoded)),
      decodePicture: async (image) => askImage({ image }),
    });
    app.post(
      '/recognize',
      { bodyLimit: LARGEST_PICTURE_BODY, config: { readsMultipart: true } },
      async (request, reply) => {
        if (request.body instanceof Readable) return answerStream(request, reply, request.body);
        return answer(request, reply);
      },
    );
  });

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const question = isQuestion(request.body)
        ? request.body
        : { ...(await ask(request)), isTutorial: false };
      return question.isMany
        ? await answerMany(request, reply, question)
        : await answerOne(request, reply, question);
    } catch (error) {
      return sendFailure(request, reply, error);
    }
  }

  async function answerOne(
    request: FastifyRequest,
    reply: FastifyReply,
    { inputs: sent, run, model: named, beside: other, isTutorial }: Question,
  ): Promise<FastifyReply> {
    let picture: GreyPicture | null = null;
    const inputs = await reader.unpack(sent, (unpacked) => {
      picture = unpacked;
    });
    const [seen] = inputs.each;
    if (!('count' in seen)) throw toError(seen);
    const { count: _, cells, ...remarks } = seen;
    const learner = run ? await learningModel(request.workbench, run) : null;
    const remembered = chosenReaders(request);
    const chosen = learner ?? (await readingModel(request, named, { remembered: remembered.model }));
    const { predictions, model } = await request.workbench.reader.read(inputs.images, chosen);
    const second = other ?? asText((request.query as { beside?: unknown }).beside ?? '');
    const beside = await readBeside(request, inputs, second || remembered.beside);
    const path = choosePath(predictions, cells);
    const images = imagesOf(inputs.images);
    const explain = explainAsked(request);
    const again = learner ?? (named === null ? null : model);
    return send(request, reply, {
      reading: toReading(predictions, cells, path),
      picture,
      model,
      explained:
        explain === null
          ? null
          : await explained(request.workbench, model, inputs.images, {
              named: again ? runNamed(again) : {},
              explain,
            }),
      images: path.map((i) => images[i]),
      remarks,
      reader:
        chosen && (isOwn(learner, named, remembered.model) ? `your ${modelName(model)}` : modelName(model)),
      beside,
      isTutorial,
    });
  }

  async function ask(request: FastifyRequest): Promise<Question> {
    if (!request.isMultipart()) return reader.decode('fields', null, { bytes: 0 });
    return askImage(await readMultipart(request));
  }

  /** A body that is plainly a picture's file need not be decoded first. */
  function askImage(fields: SentFields): Promise<Question> | Question {
    const { image, matrix = '', strokes = '' } = fields;
    const isFile = image instanceof Uint8Array && isPictureFile(image);
    if (isFile && matrix === '' && strokes === '') return askPicture(image, fields);
    return reader.decode('fields', fields, { bytes: multipartSize(fields) });
  }

  async function answerMany(
    request: FastifyRequest,
    reply: FastifyReply,
    { inputs, run, model: named }: Question,
  ): Promise<FastifyReply> {
    if (run !== null) throw oneAtATime();
    const chosen = await readingModel(request, named, { byDefault: 'service' });
    const { results, model } = await request.workbench.reader.readMany(await reader.unpack(inputs), chosen);
    const said = JSON.stringify({ model: modelName(model), ...versionJson(model) });
    return reply
      .type('application/json; charset=utf-8')
      .send(`{"results":[${results.join(',')}],${said.slice(1)}`);
  }

  async function answerStream(
    request: FastifyRequest,
    reply: FastifyReply,
    body: Readable,
  ): Promise<FastifyReply> {
    const { recognition, reader: own } = request.workbench;
    recognition.recognise(new Uint8Array()); // Without a model it is refused as a whole.
    const chosen = await readingModel(request, null, { byDefault: 'service' });
    const answerSome = async (lines: Lines) => {
      const inputs = lines ? await reader.decode('lines', lines, { bytes: lines.length }) : tooLong();
      const { results } = await own.readMany(await reader.unpack(inputs), chosen);
      return `${results.join('\n')}\n`;
    };
    return reply.type(NDJSON).send(Readable.from(answerLines(body, answerSome), { highWaterMark: 1 }));
  }
}

const isQuestion = (body: unknown): body is Question =>
  typeof body === 'object' && body !== null && 'inputs' in body;

function oneAtATime(): CodedError {
  const message: Message = ['errors.aRunReadsOneDrawing'];
  return new CodedError({ code: 'BAD_INPUTS', status: 422, message, field: 'run' });
}

/** @throws CodedError 404, or 409 before its first epoch is done */
async function learningModel(workbench: Workbench, id: string): Promise<Model> {
  const run = await findRun(workbench, id);
  const model = await workbench.choice.afterEpoch(run.id, run.epochsDone);
  if (model !== null) return model;
  const message: Message = ['errors.runHasNoWeightsYet', { id: run.id }];
  throw new CodedError({ code: 'NO_WEIGHTS', status: 409, message });
}

/** Query `explain`: `1`, or which value is to be written out, as `conv2,3,4,5`; null when there is nothing to explain. */
function explainAsked({ query }: FastifyRequest): string | null {
  const asked = [(query as { explain?: string | string[] }).explain ?? ''].flat()[0];
  if (asked === '' || asked === '0' || asked === 'false') return null;
  return asked === '1' || asked === 'true' ? '' : asked;
}

/** What the model computed for the first image. */
async function explained(
  workbench: Workbench,
  model: Model,
  images: Uint8Array<ArrayBuffer>,
  { named, explain }: { readonly named: Look['named']; readonly explain: string },
): Promise<Explained> {
  const look = await lookInto(workbench, model, imagesOf(images)[0], named);
  return { look, value: writeOut(look, unitAt(explain, look.activations)) };
}

function runNamed({ source }: Model): Look['named'] {
  return source.kind === 'run' ? { run: String(source.runId), epoch: String(source.epoch) } : {};
}

interface Explained {
  readonly look: Look;
  readonly value: WrittenOut;
}

/** The client's own, unless it named one. */
const isOwn = (learner: Model | null, named: string | null, remembered: string) =>
  learner === null && (named ?? 'mine') === 'mine' && ['', 'mine'].includes(remembered);

/** What another model reads in the same drawing. */
interface Beside {
  readonly reading: Reading;
  readonly model: Model;
}

/** @param named empty for none @throws CodedError 404 */
async function readBeside(
  request: FastifyRequest,
  { images, each: [seen] }: Inputs,
  named: string,
): Promise<Beside | null> {
  if (named === '') return null;
  const chosen = await readingModel(request, named);
  const { predictions, model } = await request.workbench.reader.read(images, chosen);
  const { cells } = seen as Seen;
  return { reading: toReading(predictions, cells, choosePath(predictions, cells)), model };
}

const besideJson = ({ reading, model }: Beside) => ({
  ...reading,
  model: modelName(model),
  ...versionJson(model),
});

interface Answer {
  readonly reading: Reading;
  readonly model: Model;
  /** The same, read by another model; null when none was asked for. */
  readonly beside: Beside | null;
  /** Of the first image, when asked for. */
  readonly explained: Explained | null;
  readonly remarks: Remarks;
  /** Null for strokes and a matrix. */
  readonly picture: GreyPicture | null;
  /** One for each digit. */
  readonly images: readonly Uint8Array[];
  /** "run 3, epoch 2", "your run 4, epoch 5", when a model other than the one in service has read it; else null. */
  readonly reader: string | null;
  /** Was it sent as the tutorial's scripts send it? */
  readonly isTutorial: boolean;
}

async function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
  const { reading, remarks, model, explained } = answer;
  switch (answerForm(request, 'text')) {
    case 'json':
      return reply.send({
        ...reading,
        ...remarks,
        model: modelName(model),
        ...versionJson(model),
        ...(answer.beside && { beside: besideJson(answer.beside) }),
        ...(explained && { inside: insideJson(explained.look), value: valueJson(explained.value) }),
      });
    case 'text':
      if (remarks.hint !== undefined) reply.header('x-hint', remarks.hint);
      return reply.type('text/plain; charset=utf-8').send(plainText(answer));
    case 'fragment':
      return reply.view('recognition/_prediction', await prediction(request, answer));
    case 'page':
      return predictionPage(reply, await prediction(request, answer));
  }
}

/**
 * A script that posts the tutorial's form field gets exactly the tutorial's answer; how sure that is can be found in the
 * JSON and on the page, and that the matrix looks wrong in a header.
 */
function plainText({ reading, remarks, isTutorial }: Answer): string {
  if (isTutorial) return `Digit ${reading.digit}`;
  const text = reading.fault === undefined ? reading.text : `${reading.text} ${reading.fault}.`;
  return remarks.hint === undefined ? text : `${text}\n${remarks.hint}`;
}

/**
 * For people the sentence appears in place of the answer to their drawing; beside a picture's upload, and for
 * programs, it is the error handler's.
 */
function sendFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): FastifyReply | Promise<FastifyReply> {
  const form = answerForm(request, 'text');
  const expected = error instanceof CodedError;
  if (!expected || form === 'json' || form === 'text') throw error;
  if (form === 'fragment' && request.isMultipart()) throw error;
  reply.code(error.status);
  const failure: PredictionContext = {
    answer: error.said ? request.t(...error.said) : error.message,
    failed: true,
    digit: null,
    probabilities: [],
    digits: [],
    images: [],
    image: null,
    reader: null,
    beside: null,
    picture: null,
    hint: null,
    inside: null,
    href: null,
  };
  return form === 'fragment'
    ? reply.view('recognition/_prediction', failure)
    : predictionPage(reply, failure);
}

function predictionPage(reply: FastifyReply, context: PredictionContext): Promise<FastifyReply> {
  return reply.page<PredictionPageContext>('recognition/show', {
    title: context.answer,
    page: 'workbench',
    prediction: context,
  });
}

async function prediction({ t }: FastifyRequest, answer: Answer): Promise<PredictionContext> {
  const { reading, remarks, images, reader, beside, model, picture, explained } = answer;
  const { text, sure, fault = null, digit, probabilities, digits = [] } = reading;
  const bytes = images.map((image) => [...image]);
  return {
    answer: text,
    failed: false,
    sure,
    fault,
    digit,
    probabilities,
    digits,
    image: bytes[0],
    images: bytes,
    reader: reader ?? (beside && modelName(model)),
    beside: beside && { ...beside.reading, name: modelName(beside.model) },
    picture: picture && digits.length > 0 ? await withBoxes(picture) : null,
    hint: remarks.hint ?? null,
    inside: explained && lookedContext(t, explained.look, explained.value),
    href: `/inside?pixels=${toPixels(images[0])}`,
  };
}

async function withBoxes(picture: GreyPicture): Promise<PredictionContext['picture']> {
  const { width, height, shrunk = 1 } = picture;
  return { url: await pictureUrl(picture), width: width * shrunk, height: height * shrunk };
}

/** views/recognition/_prediction.eta (around id `predictresult`): the answer to a drawing. */
export interface PredictionContext {
  /** "Digit 7", "Digits 4 2", that it is not sure, or a sentence why there is no answer. */
  readonly answer: string;
  readonly failed: boolean;
  /** Is the answer reliable? Undefined when it failed. */
  readonly sure?: boolean;
  /** "This network gets only 11 % of the validation images right", when that is why it is not sure. */
  readonly fault?: string | null;
  /** The first one of several digits; null when it failed. */
  readonly digit: number | null;
  /** Ten, summing to 1; empty when it failed. */
  readonly probabilities: readonly number[];
  /** Each of several digits, row by row; empty for a single one, and when it failed. */
  readonly digits: readonly DigitReading[];
  /** The 784 bytes that the network saw, for the first one of several digits; null when it failed. */
  readonly image: readonly number[] | null;
  /** The same of each digit, in the same order. */
  readonly images: readonly (readonly number[])[];
  /** "run 3, epoch 2", "your run 4, epoch 5", when a run that trains or the client's own has read it; null when the serving model has. */
  readonly reader: string | null;
  /** What another model reads in it; null when none was asked for. */
  readonly beside: (Reading & { readonly name: string }) | null;
  /** A picture with several digits, as the server looked at it, and its size as it was sent; else null. */
  readonly picture: { readonly url: string; readonly width: number; readonly height: number } | null;
  /** A sentence when the matrix is probably not as intended; else null. */
  readonly hint: string | null;
  /** What the network computed, for the diagram, when the page shows it. */
  readonly inside: LookedContext | null;
  /** The page where it can be looked into; null when it failed. */
  readonly href: string | null;
}

/** views/recognition/show.eta: the same as a page, when a picture is sent with scripts off. */
export interface PredictionPageContext extends PageContext {
  readonly prediction: PredictionContext;
}
