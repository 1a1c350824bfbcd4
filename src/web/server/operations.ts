import { Type } from 'typebox';
import { json, type Operations, text } from '../api/operation.ts';

const tag = 'Server';
const Status = Type.Object({ status: Type.String(), reason: Type.Optional(Type.String()) });

export const server: Operations = {
  'GET /livez': {
    tag,
    summary: 'Whether the process answers',
    answers: { 200: { description: 'It does', content: json(Status) } },
  },
  'GET /readyz': {
    tag,
    summary: 'Whether it is ready for requests',
    answers: {
      200: { description: 'Yes', content: json(Status) },
      503: { description: 'Not yet or no longer: `reason` says why', content: json(Status) },
    },
  },
  'GET /metrics': {
    tag,
    summary: 'Counters and gauges for Prometheus',
    answers: { 200: { description: 'In its text format', content: text('text/plain') } },
  },
  'GET /now': {
    tag,
    summary: 'The time in UTC',
    answers: { 200: { description: 'As `2022-04-20 13:29:42 +0000 UTC`', content: text('text/plain') } },
  },
  'GET /now/*': {
    tag,
    summary: 'The time in a time zone',
    params: Type.Object({
      '*': Type.String({
        description: 'A zone of the tz database, such as Asia/Tokyo',
        examples: ['Asia/Tokyo'],
      }),
    }),
    answers: {
      200: { description: 'As `2022-04-20 13:29:42 +0900 JST`', content: text('text/plain') },
      404: { description: 'There is no such zone', content: text('text/plain') },
    },
  },
  'GET /openapi.json': {
    tag,
    summary: 'This description',
    answers: {
      200: {
        description: 'OpenAPI 3.1',
        content: json(Type.Object({ openapi: Type.String() }, { additionalProperties: true })),
      },
    },
  },
};
