import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { EventStream } from './event-stream.ts';

/** Folders with everything that the browser shows. */
const WATCHED = ['views', 'static'].map((folder) => path.join(import.meta.dirname, '../../..', folder));

/** Editors and builds write several files at once: one reload is enough. */
const SETTLE_MS = 80;

/**
 * Only under `npm run dev`. `GET /dev/events`: server-sent events; the open page reloads at each `reload`, and when
 * the stream comes back after a restart of the server.
 */
export function registerDevReload(app: FastifyInstance): void {
  const pages = new Set<EventStream>();
  let settling: NodeJS.Timeout | undefined;
  const reload = () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      for (const page of pages) page.send({ event: 'reload', data: null });
    }, SETTLE_MS);
  };
  const watchers: FSWatcher[] = WATCHED.map((folder) => watch(folder, { recursive: true }, reload));

  app.get('/dev/events', (_request, reply) => {
    const page = app.eventStreams.open(reply, { retry: 300 });
    page.send({ event: 'boot', data: process.pid });
    pages.add(page);
    page.onClose(() => pages.delete(page));
    return reply;
  });

  app.addHook('preClose', async () => {
    clearTimeout(settling);
    for (const watcher of watchers) watcher.close();
  });
}
