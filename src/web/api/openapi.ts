import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { VERSION } from '../../version.ts';
import { type Answer, type Operation, type Operations, ref, TAGS, text } from './operation.ts';
import { COMPONENTS } from './schemas.ts';

/** The answer of any operation that fails. */
const PROBLEM: Answer = {
  description: 'The error: problem details, or its sentence as text or a page, depending on `Accept`',
  content: { 'application/problem+json': ref('Problem'), ...text('text/plain', 'text/html') },
};

declare module 'fastify' {
  interface FastifyInstance {
    /** Every address with its method, as "GET /runs/:id". */
    readonly routeNames: ReadonlySet<string>;
  }
}

/** Describes the routes that have an {@link Operation}, as OpenAPI 3.1; the others are for browsers. */
export async function registerOpenApi(app: FastifyInstance, operations: Operations): Promise<void> {
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
          'Trains LeNet-5 and reads digits. Where a token is needed, send it as `Authorization: Bearer`. Numbers may be sent as text.',
      },
      servers: [{ url: app.address('') || '/' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
    refResolver: { buildLocalReference: (json) => String(json.$id) },
    transform: ({ schema, url, route }) => {
      const operation = operations[`${route.method} ${url}`];
      return { schema: operation ? toRouteSchema(operation) : { ...schema, hide: true }, url };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new TypeError('The description is not OpenAPI.');
      const { openapiObject } = document;
      for (const [address, { bodyOptional }] of Object.entries(operations)) {
        if (bodyOptional) requestBody(openapiObject.paths, address).required = false;
      }
      return openapiObject;
    },
  });
}

/** The plugin demands a body wherever one is described. */
function requestBody(paths: object | undefined, address: string): { required: boolean } {
  const [method, url] = address.split(' ');
  const path = (paths as Paths)[url.replace(/:(\w+)/g, '{$1}')];
  return path[method.toLowerCase()].requestBody;
}

type Paths = Record<string, Record<string, { readonly requestBody: { required: boolean } }>>;

function toRouteSchema(operation: Operation) {
  const { tag, summary, description, params, query, headers, body, answers, failure = PROBLEM } = operation;
  const contentOf = (content: object) =>
    Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
  const response = Object.fromEntries(
    Object.entries({ ...answers, default: failure }).map(([status, { description, content }]) => [
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
