import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../app.ts';
import { CodedError } from '../errors.ts';
import { answerForm } from '../plugins/negotiation.ts';
import { drawingToImage } from '../recognition/drawing.ts';
import { matrixToImage } from '../recognition/matrix.ts';
import { pictureToImage } from '../recognition/picture.ts';
import { parseStrokes } from '../recognition/strokes.ts';
import type { PredictionContext, PredictionPageContext } from './contexts.ts';

/** Largest picture file. */
const PICTURE_BYTES = 4 * 2 ** 20;
/** Room for the form's other fields beside a picture. */
const MULTIPART_BYTES = PICTURE_BYTES + 2 ** 20;

/** What a client sent to be read: one of the three. */
interface Input {
  readonly matrix?: unknown;
  readonly strokes?: unknown;
  readonly image?: Buffer;
}

/** `POST /recognize`: a `matrix`, `strokes` or a picture → the digit, as text, JSON, fragment or page. */
export function recognizeRoutes(app: FastifyInstance, { recognition }: Parts): void {
  app.post('/recognize', { bodyLimit: MULTIPART_BYTES }, async (request, reply) => {
    try {
      const image = await toImage(await readInput(request));
      const prediction = recognition.recognise(image)[0];
      return send(request, reply, { ...prediction, image });
    } catch (error) {
      return sendFailure(request, reply, error);
    }
  });
}

async function readInput(request: FastifyRequest): Promise<Input> {
  if (request.isMultipart()) return readMultipart(request);
  const body = request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw nothingSent();
  return body;
}

async function readMultipart(request: FastifyRequest): Promise<Input> {
  const input: { matrix?: unknown; strokes?: unknown; image?: Buffer } = {};
  for await (const part of request.parts({ limits: { fileSize: PICTURE_BYTES, files: 1, fields: 4 } })) {
    if (part.type === 'file') input.image = await part.toBuffer();
    else if (part.fieldname === 'matrix') input.matrix = part.value;
    else if (part.fieldname === 'strokes') input.strokes = part.value;
  }
  return input;
}

async function toImage({ matrix, strokes, image }: Input): Promise<Uint8Array> {
  if (matrix !== undefined) return matrixToImage(fromJson(matrix, 'matrix'));
  if (strokes !== undefined) return drawingToImage(parseStrokes(fromJson(strokes, 'strokes')));
  if (image !== undefined && image.length > 0) return pictureToImage(image);
  throw nothingSent();
}

/** A form carries JSON as text. */
function fromJson(value: unknown, field: string): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new CodedError({
      code: 'NOT_JSON',
      status: 422,
      message: `"${field}" is not valid JSON.`,
      field,
      cause,
    });
  }
}

function nothingSent(): CodedError {
  const message =
    'Send a "matrix" of 28×28 numbers, "strokes" as lists of [x, y] points, or a picture as "image".';
  return new CodedError({ code: 'NOTHING_SENT', status: 422, message });
}

interface Answer {
  readonly digit: number;
  readonly probabilities: readonly number[];
  readonly model: string;
  readonly image: Uint8Array;
}

function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const { digit, probabilities, model, image } = answer;
  const text = `Digit ${digit}`;
  switch (answerForm(request, 'text')) {
    case 'json':
      return reply.send({ digit, probabilities, model });
    case 'text':
      return reply.type('text/plain; charset=utf-8').send(text);
    case 'fragment':
      return reply.view('recognition/_prediction', prediction({ answer: text, digit, probabilities, image }));
    case 'page':
      return predictionPage(reply, prediction({ answer: text, digit, probabilities, image }));
  }
}

/** What people see shows the sentence where the answer would be; the rest is the error handler's. */
function sendFailure(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const form = answerForm(request, 'text');
  const expected = error instanceof CodedError;
  if (!expected || form === 'json' || form === 'text') throw error;
  reply.code(error.status);
  const failure = prediction({ answer: error.message, digit: null, probabilities: [], image: null });
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

function prediction({
  answer,
  digit,
  probabilities,
  image,
}: Pick<PredictionContext, 'answer' | 'digit' | 'probabilities'> & {
  image: Uint8Array | null;
}): PredictionContext {
  return { answer, failed: digit === null, digit, probabilities, image: image && [...image] };
}
