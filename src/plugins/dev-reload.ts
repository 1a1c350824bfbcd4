import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';

/** What the browser shows comes from these folders. */
const WATCHED = ['views', 'static'].map((folder) => path.join(import.meta.dirname, '../..', folder));

/** An editor or a build writes several files at once: one reload is enough. */
const SETTLE_MS = 80;

/**
 * Only under `npm run dev`. `GET /dev/events`: server-sent events; the open page reloads at each `reload`, and when
 * the stream comes back after a restart of the server.
 */
export function registerDevReload(app: FastifyInstance): void {
  const pages = new Set<NodeJS.WritableStream>();
  let settling: NodeJS.Timeout | undefined;
  const reload = () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      for (const page of pages) page.write('event: reload\ndata: \n\n');
    }, SETTLE_MS);
  };
  const watchers: FSWatcher[] = WATCHED.map((folder) => watch(folder, { recursive: true }, reload));

  app.get('/dev/events', (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.raw.write(`retry: 300\nevent: boot\ndata: ${process.pid}\n\n`);
    pages.add(reply.raw);
    request.raw.on('close', () => pages.delete(reply.raw));
  });

  app.addHook('preClose', async () => {
    clearTimeout(settling);
    for (const watcher of watchers) watcher.close();
    for (const page of pages) page.end();
  });
}
