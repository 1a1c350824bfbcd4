import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Methods that the request's address knows; empty when there is nothing at it. */
    methodsOf(request: FastifyRequest): string[];
  }
}

/** So that a known address can answer a wrong method with 405 and `Allow`. To be registered before the routes. */
export function registerKnownMethods(app: FastifyInstance): void {
  const methods = new Map<string, { readonly pattern: RegExp; readonly names: Set<string> }>();

  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? { pattern: pattern(url), names: new Set() };
    for (const name of [method].flat()) known.names.add(name);
    methods.set(url, known);
  });

  app.decorate('methodsOf', ({ url }) => {
    const [path] = url.split('?', 1);
    const found = [...methods.values()].filter((known) => known.pattern.test(path));
    return [...new Set(found.flatMap(({ names }) => [...names]))].sort();
  });
}

/** "/runs/:id" → ^/runs/[^/]+$ */
function pattern(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:[^/]+/g, '[^/]+')
    .replace(/\*/g, '.*');
  return new RegExp(`^${source}$`);
}
