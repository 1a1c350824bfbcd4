/** The path below which the product lies, as behind a proxy that has several: what comes loses it, what goes out has it. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** The address of a path of ours, such as "/runs/3", as clients have to ask for it. */
export type Address = (path: string) => string;

declare module 'fastify' {
  interface FastifyInstance {
    readonly address: Address;
    /** The other way round: a path of ours, when it is below the base. */
    readonly pathOf: (address: string) => string;
  }
}

/** For Fastify's `rewriteUrl`. A proxy may have taken the base away, or left it. */
export function withoutBase(basePath: string): (request: Pick<IncomingMessage, 'url'>) => string {
  return ({ url = '/' }) => {
    if (basePath === '' || !url.startsWith(basePath)) return url;
    const rest = url.slice(basePath.length);
    if (rest === '' || rest.startsWith('?')) return `/${rest}`;
    return rest.startsWith('/') ? rest : url;
  };
}

/** Routes and redirects name their own paths; the base is put before them here. */
export function registerBasePath(app: FastifyInstance, { basePath }: { readonly basePath: string }): void {
  const pathOf = withoutBase(basePath);
  app.decorate('address', (path) => `${basePath}${path}`);
  app.decorate('pathOf', (address) => pathOf({ url: address }));
  if (basePath === '') return;
  app.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string' && location.startsWith('/'))
      reply.header('location', app.address(location));
  });
}
