import { Type } from 'typebox';
import { events, Id, json, jsonOrForm, jsonOrPage, type Operations, ref } from '../api/operation.ts';

const tag = 'Model';
const params = Type.Object({ id: ref('ModelId') });
const promoted = {
  200: { description: 'The new entry of the history', content: json(ref('ServiceEntry')) },
  303: { description: 'To a browser' },
};
const headers = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description: 'Entity tag of GET /models: 412 if another model has come into service since',
    }),
  ),
});
const change = () => Type.Optional(ref('Change'));

export const models: Operations = {
  'GET /model': {
    tag,
    summary: 'The model in service',
    answers: { 200: { description: 'It', content: json(ref('Model')) } },
  },
  'POST /model': {
    tag,
    summary: 'Puts another model into service',
    body: jsonOrForm(
      Type.Object({
        run: Type.Union([Id, Type.Literal('shipped'), Type.Literal('file')], {
          description: 'A run, whose best weights are used, the built-in model, or the file named by MODEL',
        }),
      }),
    ),
    answers: {
      200: { description: 'The model now in service', content: json(ref('Model')) },
      303: { description: 'To a browser' },
    },
  },
  'GET /models': {
    tag,
    summary: 'The model in service, those before it, and those that could be',
    answers: {
      200: {
        description: 'Newest first; the entity tag is for If-Match',
        content: jsonOrPage(
          Type.Object({
            service: ref('ServiceEntry'),
            current: ref('ModelEntry'),
            history: Type.Array(ref('ServiceEntry')),
            models: Type.Array(ref('ModelEntry')),
          }),
        ),
      },
    },
  },
  'GET /models/:id': {
    tag,
    summary: 'A model, compared with the one in service',
    description:
      'On MNIST’s test images, 1,499 pen drawings and the corrections, if there are any. Takes about a second.',
    params,
    answers: {
      200: {
        description: 'It, and what would change',
        content: jsonOrPage(
          Type.Intersect([
            ref('ModelEntry'),
            Type.Object({
              comparedWith: ref('ModelId'),
              comparison: Type.Object({ test: change(), pens: change(), corrections: change() }),
            }),
          ]),
        ),
      },
    },
  },
  'POST /models/:id/promote': {
    tag,
    summary: 'Puts a model into service',
    params,
    headers,
    answers: promoted,
  },
  'POST /models/rollback': {
    tag,
    summary: 'Puts the model before the one in service back',
    headers,
    answers: promoted,
  },
  'GET /model/events': {
    tag,
    summary: 'Tells of each model that comes into service',
    answers: {
      200: { description: 'An event `model` for the current one, and for each', content: events('model') },
    },
  },
};
