/** The components of the API description that are about the inside of the network. */
import { Type } from 'typebox';
import { LAYER_NAMES } from '../../network/layers.ts';
import { oneOf, ref } from './operation.ts';

const Index = Type.Integer({ minimum: 0 });
const Range = Type.Array(Index, { minItems: 2, maxItems: 2 });
const numberOrNull = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
const Place = { map: Index, row: Index, column: Index };

const Inside = Type.Object({
  pixels: Type.String({
    contentEncoding: 'base64url',
    description: 'The 28×28 bytes that the network was given, row by row; 0 is paper, 255 ink',
  }),
  layers: Type.Array(
    Type.Object({
      name: oneOf(LAYER_NAMES),
      shape: Type.Array(Index, { minItems: 3, maxItems: 3, description: '[rows, columns, maps]' }),
      values: Type.String({
        contentEncoding: 'base64',
        description: 'Little-endian float32, [row][column][map], after the activation',
      }),
    }),
    { description: 'In the order in which they are computed' },
  ),
});

const Value = Type.Object({
  layer: oneOf(LAYER_NAMES),
  ...Place,
  operation: oneOf(['weighted', 'mean', 'softmax']),
  from: Type.String({ description: 'The layer that it is made of' }),
  field: Type.Object({ rows: Range, columns: Range }, { description: 'The part of it: from, and up to' }),
  outside: Type.Integer({ minimum: 0, description: 'Values of the window beyond the edge: they count as 0' }),
  terms: Type.Array(
    Type.Object({
      ...Place,
      value: Type.Number(),
      weight: numberOrNull('Null in a softmax'),
      product: Type.Number({
        description: 'weight × value; in a softmax e^((value − the largest) / temperature)',
      }),
    }),
    { description: 'All of them, the largest first' },
  ),
  bias: numberOrNull('Null where there is none'),
  sum: Type.Number({ description: 'All products and the bias' }),
  activation: Type.Union([Type.String(), Type.Null()]),
  value: Type.Number({ description: 'What the layer passes on: the activation of the sum' }),
});

const Looked = Type.Object({
  digit: Type.Integer({ minimum: 0, maximum: 9 }),
  probabilities: Type.Array(Type.Number({ minimum: 0, maximum: 1 })),
  temperature: Type.Number({
    description: 'Divides the logits of these probabilities; those of `layers` are at 1',
  }),
  model: Type.String(),
  inside: ref('Inside'),
  value: ref('Value'),
});

export const INSIDE = { Inside, Value, Looked };
