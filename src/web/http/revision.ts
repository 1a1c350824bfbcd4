import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Workbench } from '../../workbench.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** A text that differs after every change of anything stored or of the model in service, and after each start. */
    revision(): string;
  }
}

/**
 * `GET /revision`: pages that show what others do ask every few seconds whether anything has changed. With their
 * entity tag in `If-None-Match`, the answer is 304 and costs next to nothing.
 */
export function registerRevision(
  app: FastifyInstance,
  { store, recognition }: Pick<Workbench, 'store' | 'recognition'>,
): void {
  const start = randomBytes(6).toString('base64url');
  let { serving } = recognition;
  let swaps = 0;
  app.decorate('revision', () => {
    if (serving !== recognition.serving) swaps++;
    serving = recognition.serving;
    return `${start}.${store.changes()}.${swaps}`;
  });

  // A class sends some ten of these a second: the log would contain little else.
  app.get('/revision', { logLevel: 'warn' }, (request, reply) => {
    const revision = app.revision();
    reply.header('cache-control', 'no-store').header('etag', `"${revision}"`);
    // A compressing proxy makes the tag a weak one.
    const isKnown = request.headers['if-none-match']?.includes(`"${revision}"`);
    return isKnown ? reply.code(304).send() : reply.type('text/plain; charset=utf-8').send(revision);
  });
}
