import { type TSchema, Type } from 'typebox';
import { json, type Operation } from '../operation.ts';

const tag = 'Open Inference Protocol';
const Failure = {
  description: 'What went wrong, as the protocol has it',
  content: json(Type.Object({ error: Type.String() })),
};
const failures = { 400: Failure, 404: Failure, 503: Failure };

const Tensor = (data: TSchema) =>
  Type.Object({
    name: Type.String(),
    datatype: Type.String(),
    shape: Type.Array(Type.Integer()),
    parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    data: Type.Optional(data),
  });

const described = (
  summary: string,
  answer: TSchema,
  statuses: Operation['answers'] = failures,
): Operation => ({
  tag,
  summary,
  answers: { 200: { description: 'It', content: json(answer) }, ...statuses },
});

const Metadata = Type.Object({
  name: Type.String(),
  versions: Type.Array(Type.String()),
  platform: Type.String(),
  inputs: Type.Array(Tensor(Type.Unknown())),
  outputs: Type.Array(Tensor(Type.Unknown())),
});

const infer: Operation = {
  tag,
  summary: 'Reads images',
  description:
    'One input, `images`: N images as [N, 28, 28], [N, 784] or [N, 28, 28, 1], FP32 or UINT8. The binary tensor extension is understood, in the request and in the answer.',
  body: {
    ...json(
      Type.Object({
        id: Type.Optional(Type.String()),
        inputs: Type.Array(Tensor(Type.Array(Type.Unknown())), { minItems: 1, maxItems: 1 }),
        outputs: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
      }),
    ),
    'application/octet-stream': Type.String({ format: 'binary' }),
  },
  answers: {
    200: {
      description: '`probabilities` FP32 [N, 10] and `digit` INT64 [N]',
      content: {
        ...json(
          Type.Object({
            model_name: Type.String(),
            model_version: Type.String(),
            id: Type.Optional(Type.String()),
            outputs: Type.Array(Tensor(Type.Array(Type.Number()))),
          }),
        ),
        'application/octet-stream': Type.String({ format: 'binary' }),
      },
    },
    ...failures,
  },
};

/** With and without a version in the address. */
function ofModel(suffix: string, method: string, operation: Operation) {
  const name = Type.String({ description: 'lenet5' });
  const version = Type.String({ description: "A run's number, or shipped" });
  return {
    [`${method} /v2/models/:name${suffix}`]: { ...operation, params: Type.Object({ name }) },
    [`${method} /v2/models/:name/versions/:version${suffix}`]: {
      ...operation,
      params: Type.Object({ name, version }),
    },
  };
}

export const inference: Readonly<Record<string, Operation>> = {
  'GET /v2': described(
    'The server',
    Type.Object({ name: Type.String(), version: Type.String(), extensions: Type.Array(Type.String()) }),
  ),
  'GET /v2/health/live': described('The process answers', Type.Object({ live: Type.Boolean() })),
  'GET /v2/health/ready': described('May it be sent requests?', Type.Object({ ready: Type.Boolean() }), {
    503: { description: 'Not now', content: json(Type.Object({ ready: Type.Boolean() })) },
  }),
  ...ofModel('', 'GET', described('The model', Metadata)),
  ...ofModel(
    '/ready',
    'GET',
    described('Does it read?', Type.Object({ name: Type.String(), ready: Type.Boolean() })),
  ),
  ...ofModel('/infer', 'POST', infer),
};
