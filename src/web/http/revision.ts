import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Model } from '../../recognition/model.ts';
import type { Workbench } from '../../workbench.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** A text that differs after every change of anything stored or of the room's model in service, and after each start. */
    revision(workbench: Workbench): string;
  }
}

/**
 * `GET /revision`: pages that show what others do ask every few seconds whether anything has changed. With their
 * entity tag in `If-None-Match`, the answer is 304 and costs next to nothing.
 */
export function registerRevision(app: FastifyInstance): void {
  const start = randomBytes(6).toString('base64url');
  /** Each model that was in service has a number. */
  const numbers = new WeakMap<Model, number>();
  let swaps = 0;
  app.decorate('revision', ({ store, recognition: { serving } }) => {
    if (serving !== null && !numbers.has(serving)) numbers.set(serving, swaps++);
    return `${start}.${store.changes()}.${(serving && numbers.get(serving)) ?? ''}`;
  });

  // A class sends some ten of these a second: the log would contain little else.
  app.get('/revision', { logLevel: 'warn' }, (request, reply) => {
    const revision = app.revision(request.workbench);
    reply.header('cache-control', 'no-store').header('etag', `"${revision}"`);
    // A compressing proxy makes the tag a weak one.
    const isKnown = request.headers['if-none-match']?.includes(`"${revision}"`);
    return isKnown ? reply.code(304).send() : reply.type('text/plain; charset=utf-8').send(revision);
  });
}
