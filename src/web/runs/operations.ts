import { Type } from 'typebox';
import { events, Id, json, jsonOrForm, jsonOrPage, type Operations, ref, text } from '../api/operation.ts';
import { serveInput, settingInputs } from '../api/schemas.ts';
import { runQuerySchema } from './query.ts';

const tag = 'Runs';
const params = Type.Object({ id: Id });
const strict = { additionalProperties: false };
const toBrowser = { 303: { description: 'To a browser: the page of the run' } };
const run = (description: string) => ({ description, content: json(ref('Run')) });

export const runs: Operations = {
  'POST /runs': {
    tag,
    summary: 'Trains: queues a run',
    headers: Type.Object({
      'X-Owner': Type.Optional(Type.String({ description: 'Whose it is: only they may stop or delete it' })),
    }),
    body: jsonOrForm(ref('SettingsInput')),
    bodyOptional: true,
    answers: { 201: run('The run; `Location` has its address'), ...toBrowser },
  },
  'GET /runs': {
    tag,
    summary: 'Lists runs, a page of 50 at a time',
    query: runQuerySchema,
    answers: {
      200: {
        description: 'Without their epochs',
        content: jsonOrPage(
          Type.Object({
            runs: Type.Array(ref('RunSummary')),
            count: Type.Integer({ minimum: 0, description: 'On all pages' }),
            next: Type.Union([Type.String({ description: 'Address of the next page' }), Type.Null()]),
          }),
        ),
      },
    },
  },
  'GET /runs.csv': {
    tag,
    summary: 'The same list as CSV, all pages',
    query: runQuerySchema,
    answers: { 200: { description: 'One row per run, settings as columns', content: text('text/csv') } },
  },
  'GET /compare': {
    tag,
    summary: 'Compares two to eight runs',
    query: Type.Object({ run: Type.Array(Id, { minItems: 2, maxItems: 8, uniqueItems: true }) }, strict),
    answers: {
      200: {
        description:
          'The runs, the settings in which they differ, and whether the best one is better (McNemar, Holm)',
        content: jsonOrPage(
          Type.Object({
            runs: Type.Array(ref('Run')),
            differing: Type.Array(Type.String()),
            pairs: Type.Array(
              Type.Object({
                better: Id,
                other: Id,
                onlyBetter: Type.Integer({
                  minimum: 0,
                  description: 'Test images that only this run gets right',
                }),
                onlyOther: Type.Integer({ minimum: 0 }),
                p: Type.Number({ minimum: 0, maximum: 1 }),
                adjusted: Type.Number({
                  minimum: 0,
                  maximum: 1,
                  description: 'By Holm’s method over all pairs of the runs',
                }),
                verdict: Type.String(),
              }),
            ),
            caveats: Type.Array(Type.String()),
          }),
        ),
      },
    },
  },
  'GET /runs/:id': {
    tag,
    summary: 'A run',
    params,
    answers: { 200: { description: 'With its epochs', content: jsonOrPage(ref('Run')) } },
  },
  'PATCH /runs/:id': {
    tag,
    summary: 'Names, notes or pins a run',
    params,
    body: jsonOrForm(
      Type.Object(
        {
          name: Type.Optional(Type.String({ maxLength: 80 })),
          note: Type.Optional(Type.String({ maxLength: 2000 })),
          pinned: Type.Optional(Type.Boolean({ description: 'All its checkpoints are kept' })),
        },
        strict,
      ),
    ),
    bodyOptional: true,
    answers: { 200: run('The run'), ...toBrowser },
  },
  'DELETE /runs/:id': {
    tag,
    summary: 'Deletes a run for good, with its checkpoints',
    params,
    answers: { 204: { description: 'It has been deleted' } },
  },
  'GET /runs/:id/progress': {
    tag,
    summary: 'The progress of a run',
    params,
    query: Type.Object({
      epochs: Type.Optional(Type.String({ description: 'For the page: how many it has' })),
    }),
    answers: { 200: { description: 'Its status', content: jsonOrPage(ref('Progress')) } },
  },
  'GET /runs/:id/events': {
    tag,
    summary: 'Follows a run',
    description:
      'Server-sent events: `epoch` with its metrics, `state` with the run, `batch` four times a second. Continues after `Last-Event-ID`, ends with the run.',
    params,
    headers: Type.Object({ 'Last-Event-ID': Type.Optional(Type.String()) }),
    answers: {
      200: { description: 'The events', content: events('epoch', 'state', 'batch') },
      204: { description: 'No more events: an `EventSource` stops' },
    },
  },
  'POST /runs/:id/stop': {
    tag,
    summary: 'Stops a run after its current batch, or removes it from the queue',
    params,
    answers: { 200: run('The run'), ...toBrowser },
  },
  'POST /runs/:id/resume': {
    tag,
    summary: 'Resumes a stopped or interrupted run after its last epoch',
    params,
    body: jsonOrForm(Type.Partial(Type.Object({ serve: serveInput }))),
    bodyOptional: true,
    answers: { 200: run('The run'), ...toBrowser },
  },
  'POST /runs/:id/fork': {
    tag,
    summary: 'Starts a new run from an epoch of this one',
    params,
    body: jsonOrForm(
      Type.Object(
        {
          epoch: Type.Integer({ minimum: 1, description: 'An epoch whose checkpoint is kept' }),
          ...Type.Partial(Type.Object({ ...settingInputs, serve: serveInput })).properties,
        },
        strict,
      ),
    ),
    answers: { 201: run('The new run; settings that were not sent are unchanged'), ...toBrowser },
  },
  'GET /runs/:id/checkpoints': {
    tag,
    summary: 'The epochs with a checkpoint',
    params,
    answers: {
      200: {
        description: 'Earliest first',
        content: json(
          Type.Object({
            checkpoints: Type.Array(
              Type.Object({
                epoch: Id,
                val_accuracy: Type.Number({ minimum: 0, maximum: 1 }),
                isBest: Type.Boolean(),
                bytes: Type.Integer({ minimum: 0 }),
                url: Type.String({ description: 'Of its weights' }),
              }),
            ),
            bytes: Type.Integer({ minimum: 0, description: 'All of them' }),
            databaseBytes: Type.Integer({ minimum: 0, description: 'The whole database' }),
          }),
        ),
      },
    },
  },
  'GET /runs/:id/checkpoints/:file': {
    tag,
    summary: 'The weights after an epoch, as safetensors',
    params: Type.Object({
      id: Id,
      file: Type.String({ pattern: '^\\d{1,3}\\.safetensors$', description: 'Such as 3.safetensors' }),
    }),
    answers: { 200: { description: 'The file', content: text('application/octet-stream') } },
  },
  'GET /runs/:id/epochs.csv': {
    tag,
    summary: 'The epochs of a run as CSV',
    params,
    answers: { 200: { description: 'One row per epoch', content: text('text/csv') } },
  },
  'GET /runs/:id/export.json': {
    tag,
    summary: 'A run as a file',
    params,
    answers: { 200: { description: 'With its epochs', content: json(ref('Run')) } },
  },
};
