import { type TSchema, Type } from 'typebox';
import { json, type Operation, type Operations, oneOf } from '../api/operation.ts';

const tag = 'Open Inference Protocol';
const failure = {
  description: 'The error, in the protocol’s form',
  content: json(Type.Object({ error: Type.String() })),
};

const Tensor = (data: TSchema) =>
  Type.Object({
    name: Type.String(),
    datatype: Type.String(),
    shape: Type.Array(Type.Integer()),
    parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    data: Type.Optional(data),
  });

const Images = Type.Object({
  name: oneOf(['images']),
  datatype: oneOf(['FP32', 'UINT8']),
  shape: Type.Array(Type.Integer({ minimum: 1, maximum: 1000 }), { minItems: 2 }),
  parameters: Type.Optional(
    Type.Object({
      binary_data_size: Type.Optional(Type.Integer({ description: 'Bytes after the JSON, instead of data' })),
    }),
  ),
  data: Type.Optional(Type.Array(Type.Unknown(), { description: 'Flat, or nested according to the shape' })),
});

const Output = Type.Object({
  name: oneOf(['probabilities', 'digit']),
  parameters: Type.Optional(Type.Object({ binary_data: Type.Optional(Type.Boolean()) })),
});

const described = (summary: string, answer: TSchema, others: Operation['answers'] = {}): Operation => ({
  tag,
  summary,
  answers: { 200: { description: 'It', content: json(answer) }, ...others },
  failure,
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
    'One input, `images`: N images as [N, 28, 28], [N, 784], [N, 28, 28, 1] or [N, 1, 28, 28], FP32 or UINT8. FP32 ranges from 0 to 1 in each image whose largest number is at most 1.5, otherwise from 0 to 255; `parameters` say which. The binary tensor extension is supported in requests and answers.',
  body: {
    ...json(
      Type.Object({
        id: Type.Optional(Type.String({ maxLength: 1000 })),
        inputs: Type.Array(Images, { minItems: 1, maxItems: 1 }),
        parameters: Type.Optional(Type.Object({ binary_data_output: Type.Optional(Type.Boolean()) })),
        outputs: Type.Optional(Type.Array(Output, { maxItems: 2 })),
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
            parameters: Type.Object({
              scale: Type.String({
                description:
                  'The range the numbers were taken to have: 0-1 or 0-255; one per image, separated by commas, if they differ',
              }),
              hint: Type.Optional(
                Type.String({
                  description: 'When images are probably not as intended, such as dark on light',
                }),
              ),
            }),
            outputs: Type.Array(Tensor(Type.Array(Type.Number()))),
          }),
        ),
        'application/octet-stream': Type.String({ format: 'binary' }),
      },
    },
  },
  failure,
};

/** With and without a version in the address. */
function ofModel(suffix: string, method: string, operation: Operation) {
  const name = oneOf(['lenet5']);
  const version = Type.String({
    description: "A run's number, or `shipped`, or `file`",
    examples: ['shipped'],
  });
  return {
    [`${method} /v2/models/:name${suffix}`]: { ...operation, params: Type.Object({ name }) },
    [`${method} /v2/models/:name/versions/:version${suffix}`]: {
      ...operation,
      params: Type.Object({ name, version }),
    },
  };
}

export const inference: Operations = {
  'GET /v2': described(
    'The server',
    Type.Object({ name: Type.String(), version: Type.String(), extensions: Type.Array(Type.String()) }),
  ),
  'GET /v2/health/live': described('Whether the process answers', Type.Object({ live: Type.Boolean() })),
  'GET /v2/health/ready': described(
    'Whether it is ready for requests',
    Type.Object({ ready: Type.Boolean() }),
    {
      503: { description: 'Not now', content: json(Type.Object({ ready: Type.Boolean() })) },
    },
  ),
  ...ofModel('', 'GET', described('The model', Metadata)),
  ...ofModel(
    '/ready',
    'GET',
    described('Whether the model is ready', Type.Object({ name: Type.String(), ready: Type.Boolean() })),
  ),
  ...ofModel('/infer', 'POST', infer),
};
