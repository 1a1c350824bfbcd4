import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../version.ts';
import { TAGS } from '../api/operation.ts';
import type { PageContext } from '../page.ts';

/** The part of an OpenAPI document that the page shows. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface Described {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Contents };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Contents }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly description?: string };
}

type Contents = Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;

const COMPONENT = '#/components/schemas/';

/** `GET /openapi.json`: the API description for programs; `GET /docs`: the same for people. */
export function docsRoutes(app: FastifyInstance): void {
  app.get('/openapi.json', (_request, reply) => reply.send(app.swagger()));

  app.get('/docs', (request, reply) => {
    const { paths, components } = app.swagger() as unknown as Document;
    return reply.page<DocsContext>('docs/index', {
      title: request.t('docs.forScripts'),
      page: 'docs',
      version: VERSION,
      sections: sectionsOf(paths),
      components: Object.entries(components.schemas).map(([name, schema]) => ({
        name,
        schema: asText(schema),
      })),
    });
  });
}

/** JSON Schema, as /openapi.json has it. */
const asText = (schema: unknown) => JSON.stringify(schema, null, 2);

function sectionsOf(paths: Document['paths']): DocsSection[] {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      tag: described.tags[0],
      operation: toOperation(method.toUpperCase(), path, described),
    })),
  );
  return Object.entries(TAGS).map(([title, description]) => ({
    title,
    description,
    operations: operations.filter(({ tag }) => tag === title).map(({ operation }) => operation),
  }));
}

function toOperation(method: string, path: string, described: Described): DocsOperation {
  const { summary, description = null, parameters = [], requestBody, responses } = described;
  return {
    anchor: `${method}${path}`.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    method,
    path,
    summary,
    description,
    parameters: parameters.map(({ name, in: where, schema }) => ({
      name,
      where,
      about: schema.description ?? `\`${JSON.stringify(schema)}\``,
    })),
    bodies: contentsOf(requestBody?.content),
    answers: Object.entries(responses).map(([status, { description, content }]) => ({
      status: status === 'default' ? 'else' : status,
      description,
      contents: contentsOf(content),
    })),
  };
}

function contentsOf(contents: Contents = {}): DocsContent[] {
  return Object.entries(contents).map(([type, { schema }]) => {
    const component = schema.$ref?.startsWith(COMPONENT) ? schema.$ref.slice(COMPONENT.length) : null;
    const isPlain = component !== null || type.startsWith('text/');
    return { type, component, schema: isPlain ? null : asText(schema) };
  });
}

/** views/docs/index.eta */
export interface DocsContext extends PageContext {
  readonly version: string;
  readonly sections: readonly DocsSection[];
  /** JSON Schema of what several operations receive or send. */
  readonly components: readonly { readonly name: string; readonly schema: string }[];
}

/** Operations with one tag. */
export interface DocsSection {
  readonly title: string;
  readonly description: string;
  readonly operations: readonly DocsOperation[];
}

export interface DocsOperation {
  /** Its anchor. */
  readonly anchor: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string | null;
  readonly parameters: readonly { readonly name: string; readonly where: string; readonly about: string }[];
  readonly bodies: readonly DocsContent[];
  readonly answers: readonly {
    readonly status: string;
    readonly description: string;
    readonly contents: readonly DocsContent[];
  }[];
}

/** A content type and its schema: a component by name, or a JSON Schema. */
export interface DocsContent {
  readonly type: string;
  readonly component: string | null;
  readonly schema: string | null;
}
