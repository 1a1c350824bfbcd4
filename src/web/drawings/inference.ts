import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import { LARGEST_BODY, LARGEST_BODY_TEXT } from '../../images/sizes.ts';
import { DIGITS } from '../../network/lenet5.ts';
import {
  INPUT,
  OUTPUTS,
  type OutputName,
  type OutputTensor,
  toBinary,
} from '../../recognition/inference-tensors.ts';
import type { Model } from '../../recognition/model.ts';
import { modelId, servedId } from '../../recognition/model-id.ts';
import type { Prediction } from '../../recognition/recognition-service.ts';
import type { Steps } from '../../time-slices.ts';
import { VERSION } from '../../version.ts';
import type { Workbench } from '../../workbench.ts';
import { readBytes } from '../http/gathered-bytes.ts';

const MODEL = 'lenet5';
/** Entries of the history whose models can be asked for. */
const LISTED = 10;
const HEADER_LENGTH = 'inference-header-content-length';
/** Numbers that become text in one step. */
const NUMBERS_A_STEP = 2000;

interface ModelParams {
  readonly name: string;
  readonly version?: string;
}

/**
 * The Open Inference Protocol, version 2, as KServe and Triton speak it: server, health, model `lenet5` and `…/infer`, as
 * JSON or with binary tensors. Errors are `{ error }`, as the protocol has them.
 */
export function inferenceRoutes(app: FastifyInstance): void {
  app.register(async (app) => {
    // Whatever its content type, the body is JSON, possibly followed by bytes.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', readBytes);
    app.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply));

    app.get('/v2', (_request, reply) =>
      reply.send({
        name: 'lenet5-workbench',
        version: VERSION,
        extensions: ['binary_tensor_data'],
      }),
    );
    app.get('/v2/health/live', (_request, reply) => reply.send({ live: true }));
    app.get('/v2/health/ready', (_request, reply) => {
      const ready = app.notReady() === null;
      return reply.code(ready ? 200 : 503).send({ ready });
    });

    for (const model of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
      app.get<{ Params: ModelParams }>(model, async (request, reply) => {
        await served(request);
        return reply.send({
          name: MODEL,
          versions: (await versions(request.workbench)).map(modelId),
          platform: 'lenet5-workbench',
          inputs: [INPUT],
          outputs: OUTPUTS,
        });
      });
      app.get<{ Params: ModelParams }>(`${model}/ready`, async (request, reply) => {
        await served(request);
        return reply.send({ name: MODEL, ready: true });
      });
      app.post<{ Params: ModelParams; Body: Buffer | undefined }>(
        `${model}/infer`,
        { bodyLimit: LARGEST_BODY },
        (request, reply) => infer(request, reply),
      );
    }
  });

  /**
   * @returns the model of the version that is asked for; null for the one in service
   * @throws CodedError 404 for a model or version that is and was not in use, 503 when none is
   */
  async function served({
    params: { name, version },
    workbench,
  }: FastifyRequest<{ Params: ModelParams }>): Promise<Model | null> {
    if (name !== MODEL) throw notFound(`There is no model "${name.slice(0, 40)}", only "${MODEL}".`);
    const { serving } = workbench.recognition;
    if (serving === null) {
      throw new CodedError({
        code: 'NO_MODEL',
        status: 503,
        message: 'There is no model in use.',
        retryAfter: 1,
      });
    }
    if (version === undefined) return null;
    const found = (await versions(workbench)).find((model) => modelId(model) === version);
    if (found) return found;
    throw notFound(`Version "${version.slice(0, 40)}" is not in use; version "${modelId(serving)}" is.`);
  }

  /** The model in service, and those before it whose weights are kept. */
  async function versions({ choice, recognition }: Workbench): Promise<Model[]> {
    const before = await Promise.all(
      (await choice.history(LISTED)).map(({ model }) => choice.model(servedId(model))),
    );
    const found = [recognition.serving, ...before].filter((model) => model !== null);
    return [...new Map(found.map((model) => [modelId(model), model])).values()];
  }

  async function infer(
    request: FastifyRequest<{ Params: ModelParams; Body: Buffer | undefined }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const asked = await served(request);
    const { headers, body, workbench } = request;
    const bytes = body ?? Buffer.alloc(0);
    const jsonLength = headers[HEADER_LENGTH]?.toString();
    const { id, images, parameters, wanted } = await workbench.reader.decode(
      'inference',
      { bytes, jsonLength },
      { bytes: bytes.length, handedOver: bytes },
    );
    const { predictions, model } = await workbench.reader.read(images, asked);
    const named = id === null ? {} : { id };
    const answer = { model_name: MODEL, model_version: modelId(model), ...named, parameters };
    const outputs = wanted.map(({ name, binary }) => ({ tensor: tensorOf(name, predictions), binary }));
    return send(reply, await workbench.reader.run(encode(answer, outputs)));
  }
}

function tensorOf(name: OutputName, predictions: readonly Prediction[]): OutputTensor {
  const count = predictions.length;
  return name === 'digit'
    ? { name, datatype: 'INT64', shape: [count], values: predictions.map(({ digit }) => digit) }
    : {
        name,
        datatype: 'FP32',
        shape: [count, DIGITS.classes],
        values: predictions.flatMap(({ probabilities }) => probabilities),
      };
}

interface EncodedAnswer {
  readonly json: string;
  /** What follows the JSON. */
  readonly blobs: readonly Buffer[];
}

function* encode(
  answer: object,
  outputs: readonly { readonly tensor: OutputTensor; readonly binary: boolean }[],
): Steps<EncodedAnswer> {
  const blobs: Buffer[] = [];
  const described: string[] = [];
  for (const { tensor, binary } of outputs) {
    const { name, datatype, shape, values } = tensor;
    if (binary) {
      const blob = toBinary(tensor);
      blobs.push(blob);
      described.push(
        JSON.stringify({ name, datatype, shape, parameters: { binary_data_size: blob.length } }),
      );
    } else {
      const data = yield* numbersText(values);
      described.push(`${JSON.stringify({ name, datatype, shape }).slice(0, -1)},"data":[${data}]}`);
    }
    yield;
  }
  const json = `${JSON.stringify(answer).slice(0, -1)},"outputs":[${described.join(',')}]}`;
  return { json, blobs };
}

function* numbersText(numbers: readonly number[]): Steps<string> {
  const texts: string[] = [];
  for (let from = 0; from < numbers.length; from += NUMBERS_A_STEP) {
    texts.push(JSON.stringify(numbers.slice(from, from + NUMBERS_A_STEP)).slice(1, -1));
    yield;
  }
  return texts.join(',');
}

function send(reply: FastifyReply, { json, blobs }: EncodedAnswer): FastifyReply {
  if (blobs.length === 0) return reply.type('application/json; charset=utf-8').send(json);
  const header = Buffer.from(json);
  return reply
    .header(HEADER_LENGTH, header.length)
    .type('application/octet-stream')
    .send(Buffer.concat([header, ...blobs]));
}

function notFound(message: string): CodedError {
  return new CodedError({ code: 'NO_SUCH_MODEL', status: 404, message });
}

function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, message, retryAfter } =
    error instanceof CodedError ? error : { ...plain(error), retryAfter: undefined };
  if (status >= 500 && !(error instanceof CodedError)) request.log.error(error);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(status).send({ error: message });
}

function plain({ statusCode = 500, code }: FastifyError): { status: number; message: string } {
  if (statusCode >= 500)
    return { status: 500, message: 'Something went wrong on the server. It was logged.' };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return { status: 413, message: `The request is too large: ${LARGEST_BODY_TEXT} at most.` };
  return { status: statusCode, message: 'The request cannot be understood.' };
}
