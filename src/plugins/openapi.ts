import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { type Operation, ref, TAGS } from '../api/operation.ts';
import { OPERATIONS } from '../api/operations.ts';
import { COMPONENTS } from '../api/schemas.ts';
import { VERSION } from './version.ts';

/** What any operation may answer instead. */
const PROBLEM = {
  description: 'What went wrong, as problem details',
  content: { 'application/problem+json': ref('Problem') },
};

declare module 'fastify' {
  interface FastifyInstance {
    /** Every address with its method, as "GET /runs/:id". */
    readonly routeNames: ReadonlySet<string>;
  }
}

/** Describes the routes that have an {@link Operation}, as OpenAPI 3.1; the others are for browsers. */
export async function registerOpenApi(app: FastifyInstance): Promise<void> {
  const routeNames = new Set<string>();
  app.decorate('routeNames', routeNames);
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) if (name !== 'HEAD') routeNames.add(`${name} ${url}`);
  });
  for (const [$id, schema] of Object.entries(COMPONENTS)) app.addSchema({ $id, ...schema });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'LeNet-5 workbench',
        version: VERSION,
        description:
          'Trains LeNet-5 and reads digits. Where a token is needed, send it as `Authorization: Bearer`.',
      },
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
    refResolver: { buildLocalReference: (json) => String(json.$id) },
    transform: ({ schema, url, route }) => {
      const operation = OPERATIONS[`${route.method} ${url}`];
      return { schema: operation ? toRouteSchema(operation) : { ...schema, hide: true }, url };
    },
  });
}

function toRouteSchema({ tag, summary, description, params, query, headers, body, answers }: Operation) {
  const contentOf = (content: object) =>
    Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
  const response = Object.fromEntries(
    Object.entries({ ...answers, default: PROBLEM }).map(([status, { description, content }]) => [
      status,
      content ? { description, content: contentOf(content) } : { description, type: 'null' },
    ]),
  );
  return {
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body && { body: { content: contentOf(body) } }),
    response,
  } satisfies FastifySchema;
}
