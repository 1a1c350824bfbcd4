import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { CodedError } from '../../errors.ts';
import { CLASS_COUNT } from '../../network/lenet5.ts';
import { isDeeper } from '../../plugins/json-depth.ts';
import { VERSION } from '../../plugins/version.ts';
import type { Model } from '../../recognition/model.ts';
import {
  INPUT,
  type InputTensor,
  invalid,
  type OutputTensor,
  readImages,
  toBinary,
} from './inference-tensors.ts';

/** A thousand images as FP32 have 3 MB, as JSON some more. */
const BODY_BYTES = 8 * 2 ** 20;
const MODEL = 'lenet5';
/** An image in the data of an input. */
const MOST_DEPTH = 8;
const HEADER_LENGTH = 'inference-header-content-length';

const OUTPUTS = [
  { name: 'probabilities', datatype: 'FP32', shape: [-1, CLASS_COUNT] },
  { name: 'digit', datatype: 'INT64', shape: [-1] },
] as const;

interface InferRequest {
  readonly id?: unknown;
  readonly parameters?: { readonly binary_data_output?: unknown };
  readonly inputs?: readonly InputTensor[];
  readonly outputs?: readonly {
    readonly name?: unknown;
    readonly parameters?: { readonly binary_data?: unknown };
  }[];
}

interface ModelParams {
  readonly name: string;
  readonly version?: string;
}

/**
 * The Open Inference Protocol, version 2, as KServe and Triton speak it: server, health, model `lenet5` and `…/infer`, as
 * JSON or with binary tensors. Errors are `{ error }`, as the protocol has them.
 */
export function inferenceRoutes(app: FastifyInstance, { recognition }: Parts): void {
  app.register(async (app) => {
    // Whatever it is called, the body is JSON, maybe with bytes behind it.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
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
      app.get<{ Params: ModelParams }>(model, ({ params }, reply) => {
        const version = versionOf(served(params));
        return reply.send({
          name: MODEL,
          versions: [version],
          platform: 'lenet5-workbench',
          inputs: [INPUT],
          outputs: OUTPUTS,
        });
      });
      app.get<{ Params: ModelParams }>(`${model}/ready`, ({ params }, reply) => {
        served(params);
        return reply.send({ name: MODEL, ready: true });
      });
      app.post<{ Params: ModelParams; Body: Buffer | undefined }>(
        `${model}/infer`,
        { bodyLimit: BODY_BYTES },
        (request, reply) => infer(request, reply, served(request.params)),
      );
    }
  });

  /** @throws CodedError 404 for a model or version that does not read, 503 when none does */
  function served({ name, version }: ModelParams): Model {
    if (name !== MODEL) throw notFound(`There is no model "${name.slice(0, 40)}", only "${MODEL}".`);
    const { serving } = recognition;
    if (serving === null) {
      throw new CodedError({
        code: 'NO_MODEL',
        status: 503,
        message: 'There is no model that reads.',
        retryAfter: 1,
      });
    }
    if (version !== undefined && version !== versionOf(serving)) {
      throw notFound(
        `Version "${version.slice(0, 40)}" does not read now; version "${versionOf(serving)}" does.`,
      );
    }
    return serving;
  }

  function infer(
    { headers, body }: FastifyRequest<{ Body: Buffer | undefined }>,
    reply: FastifyReply,
    model: Model,
  ): FastifyReply {
    const { header, binary } = split(body ?? Buffer.alloc(0), headers[HEADER_LENGTH]);
    const [input, ...others] = Array.isArray(header.inputs) ? header.inputs : [];
    if (typeof input !== 'object' || input === null || others.length > 0) {
      throw invalid(`Send one input, "${INPUT.name}".`);
    }
    const wanted = wantedOutputs(header);
    const predictions = recognition.recognise(readImages(input, binary));
    const tensors: Record<string, OutputTensor> = {
      probabilities: {
        name: 'probabilities',
        datatype: 'FP32',
        shape: [predictions.length, CLASS_COUNT],
        values: predictions.flatMap(({ probabilities }) => probabilities),
      },
      digit: {
        name: 'digit',
        datatype: 'INT64',
        shape: [predictions.length],
        values: predictions.map(({ digit }) => digit),
      },
    };
    const id = typeof header.id === 'string' ? { id: header.id } : {};
    const answer = { model_name: MODEL, model_version: versionOf(model), ...id };
    return send(
      reply,
      answer,
      wanted.map(({ name, binary }) => ({ tensor: tensors[name], binary })),
    );
  }
}

/** Of a run its number; else where its weights come from. */
function versionOf({ source }: Model): string {
  return source.kind === 'run' ? String(source.runId) : source.kind;
}

/** @param length of the JSON, when bytes follow it */
function split(
  body: Buffer,
  length: string | string[] | undefined,
): { header: InferRequest; binary: Buffer } {
  const end = length === undefined ? body.length : Number(length);
  if (!Number.isInteger(end) || end < 0 || end > body.length) {
    throw invalid('Inference-Header-Content-Length is not the length of the JSON that the body begins with.');
  }
  try {
    const header: unknown = JSON.parse(body.toString('utf8', 0, end));
    if (typeof header !== 'object' || header === null) throw invalid('The request is not a JSON object.');
    if (isDeeper(header, MOST_DEPTH)) throw invalid('The request nests too deep.');
    return { header, binary: body.subarray(end) };
  } catch (cause) {
    throw cause instanceof CodedError ? cause : invalid('The request is not valid JSON.');
  }
}

/** All, as JSON, when none is named. */
function wantedOutputs({ outputs, parameters }: InferRequest): { name: string; binary: boolean }[] {
  const allBinary = parameters?.binary_data_output === true;
  const named =
    Array.isArray(outputs) && outputs.length > 0 ? outputs : OUTPUTS.map(({ name }) => ({ name }));
  return named.map((output) => {
    const name = String(output?.name);
    if (!OUTPUTS.some((known) => known.name === name)) {
      throw invalid(`There is no output "${name.slice(0, 40)}", only "probabilities" and "digit".`);
    }
    const { binary_data: binary = allBinary } = 'parameters' in output ? (output.parameters ?? {}) : {};
    return { name, binary: binary === true };
  });
}

function send(
  reply: FastifyReply,
  answer: object,
  outputs: readonly { readonly tensor: OutputTensor; readonly binary: boolean }[],
): FastifyReply {
  const blobs: Buffer[] = [];
  const described = outputs.map(({ tensor, binary }) => {
    const { name, datatype, shape, values } = tensor;
    if (!binary) return { name, datatype, shape, data: values };
    const blob = toBinary(tensor);
    blobs.push(blob);
    return { name, datatype, shape, parameters: { binary_data_size: blob.length } };
  });
  const json = { ...answer, outputs: described };
  if (blobs.length === 0) return reply.send(json);
  const header = Buffer.from(JSON.stringify(json));
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
    return { status: 413, message: 'The request is too large: 8 MB at most.' };
  return { status: statusCode, message: 'The request cannot be understood.' };
}
