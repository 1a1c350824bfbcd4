import { Type } from 'typebox';
import { json, jsonOrForm, jsonOrPage, type Operation, ref, text } from '../operation.ts';
import { settingSchemas } from '../schemas.ts';

const tag = 'Sweeps';
const params = Type.Object({ id: Type.String({ description: 'Number of the sweep' }) });
const toBrowser = { 303: { description: 'To a browser' } };

const lists = Object.entries(settingSchemas).map(([name, schema]) => [
  name,
  Type.Array(schema, { minItems: 1 }),
]);

export const sweeps: Readonly<Record<string, Operation>> = {
  'POST /sweeps': {
    tag,
    summary: 'Queues a grid of settings: every combination is a run',
    body: jsonOrForm(
      Type.Object({
        settings: Type.Optional(ref('SettingsInput')),
        grid: Type.Partial(Type.Object(Object.fromEntries(lists))),
        halving: Type.Optional(
          Type.Boolean({
            description: 'Stop those that fall behind after 1, 2, 4, … epochs (successive halving)',
          }),
        ),
      }),
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
