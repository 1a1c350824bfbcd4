/** The path below which a proxy serves the workbench: removed from incoming addresses, added to outgoing ones. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** The address at which clients find a path of ours, such as "/runs/3". */
export type Address = (path: string) => string;

declare module 'fastify' {
  interface FastifyInstance {
    readonly address: Address;
    /** The inverse: a path of ours, if the address is below the base. */
    readonly pathOf: (address: string) => string;
  }
}

/** For Fastify's `rewriteUrl`. A proxy may have stripped the base or kept it. */
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
