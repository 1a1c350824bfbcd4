import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Methods that the request's address knows; empty when there is nothing at it. */
    methodsOf(request: FastifyRequest): string[];
  }
}

/** A parameter of a route's address, maybe with the pattern that it has to match. */
const PARAMETER = /:\w+(?:\(\^?([^)]*)\))?/g;

/** Lets a known address answer a wrong method with 405 and `Allow`. Must be registered before the routes. */
export function registerKnownMethods(app: FastifyInstance): void {
  const methods = new Map<string, { readonly pattern: RegExp; readonly names: Set<string> }>();

  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? { pattern: pattern(url), names: new Set() };
    for (const name of [method].flat()) known.names.add(name);
    methods.set(url, known);
  });

  app.decorate('methodsOf', ({ url }) => {
    const [path] = url.split('?', 1);
    const found = [...methods].filter(([, { pattern }]) => pattern.test(path.replace(/(?<=.)\/$/, '')));
    // Of two routes the one that says more of the address itself: /sweeps/new is no /sweeps/:id.
    const [nearest] = found.sort(([a], [b]) => literals(b) - literals(a));
    return nearest === undefined ? [] : [...nearest[1].names].sort();
  });
}

/** "/runs/:id" → ^/runs/[^/]+$ */
function pattern(url: string): RegExp {
  const source = url
    .split(PARAMETER)
    .map((part, i) => (i % 2 === 1 ? (part ?? '[^/]+') : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('')
    .replace(/\*/g, '.*');
  return new RegExp(`^${source}$`);
}

/** Characters that an address has to have. */
const literals = (url: string) => url.replace(PARAMETER, '').replace('*', '').length;
