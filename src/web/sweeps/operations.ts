import { Type } from 'typebox';
import { AXIS_NAMES } from '../../runs/grid.ts';
import { events, Id, json, jsonOrForm, jsonOrPage, type Operations, ref, text } from '../api/operation.ts';
import { settingSchemas } from '../api/schemas.ts';

const tag = 'Sweeps';
const params = Type.Object({ id: Id });
const toBrowser = { 303: { description: 'To a browser' } };

const strict = { additionalProperties: false };
const lists = Object.fromEntries(
  Object.entries(settingSchemas).map(([name, schema]) => [name, Type.Array(schema, { minItems: 1 })]),
);
const axes = Object.fromEntries(AXIS_NAMES.map((name) => [name, lists[name]]));

const halving = Type.Boolean({
  description: 'Stop those that fall behind after 1, 2, 4, … epochs (successive halving)',
});

export const sweeps: Operations = {
  'POST /sweeps': {
    tag,
    summary: 'Queues a grid of settings: every combination is a run',
    description: 'Two to 64 combinations. In a form, a setting that is sent several times is varied.',
    body: jsonOrForm(
      Type.Object(
        {
          settings: Type.Optional(ref('SettingsInput')),
          grid: Type.Partial(Type.Object(axes), strict),
          halving: Type.Optional(halving),
        },
        strict,
      ),
      Type.Partial(Type.Object({ ...lists, engine: settingSchemas.engine, halving }), strict),
    ),
    answers: {
      201: { description: 'The sweep; `Location` has its address', content: json(ref('SweepWithTrials')) },
      ...toBrowser,
    },
  },
  'GET /sweeps': {
    tag,
    summary: 'Lists sweeps, newest first',
    answers: {
      200: {
        description: 'Without their trials',
        content: jsonOrPage(Type.Object({ sweeps: Type.Array(ref('Sweep')) })),
      },
    },
  },
  'GET /sweeps/:id': {
    tag,
    summary: 'A sweep with its trials',
    params,
    answers: { 200: { description: 'The best one first', content: jsonOrPage(ref('SweepWithTrials')) } },
  },
  'GET /sweeps/:id(^\\d+).csv': {
    tag,
    summary: 'Its trials as a table',
    params,
    answers: { 200: { description: 'A trial a row', content: text('text/csv') } },
  },
  'GET /sweeps/:id/events': {
    tag,
    summary: 'Follows a sweep',
    description:
      'Server-sent events: `sweep` with its trials at first, `epoch` with its `run`, `trial` when one was begun, paused or ended, `state` when the sweep has ended.',
    params,
    headers: Type.Object({ 'Last-Event-ID': Type.Optional(Type.String()) }),
    answers: {
      200: { description: 'The events', content: events('sweep', 'epoch', 'trial', 'state') },
      204: { description: 'It has ended, and that was heard: an `EventSource` ends' },
    },
  },
  'POST /sweeps/:id/stop': {
    tag,
    summary: 'Stops all its trials that have not ended',
    params,
    answers: { 200: { description: 'The sweep', content: json(ref('SweepWithTrials')) }, ...toBrowser },
  },
  'DELETE /sweeps/:id': {
    tag,
    summary: 'Forgets a sweep that has ended; its runs stay',
    params,
    answers: { 200: { description: 'The sweep', content: json(ref('Sweep')) }, ...toBrowser },
  },
};
