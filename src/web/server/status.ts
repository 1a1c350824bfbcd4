import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../version.ts';
import { type OUTCOMES, SOURCES } from '../http/metrics.ts';
import type { StatusContext } from './contexts.ts';

/** `GET /status`: for people what `/metrics` has for Prometheus. */
export function statusRoutes(app: FastifyInstance): void {
  const { metrics } = app;
  app.get('/status', async (request, reply) => {
    const { room, workbench } = request;
    const { store } = workbench;
    const training = await metrics.training();
    const counts = await metrics.recognitions();
    const sources = SOURCES.map((source) => {
      const of = (outcome: (typeof OUTCOMES)[number]) =>
        counts.find((count) => count.source === source && count.outcome === outcome)?.count ?? 0;
      return { source, read: of('read'), refused: of('refused'), failed: of('failed') };
    });
    return reply.page<StatusContext>('status/index', {
      title: request.t('status.status'),
      page: 'status',
      notReady: app.notReady(),
      version: VERSION,
      node: process.versions.node,
      uptimeSeconds: process.uptime(),
      memoryBytes: process.memoryUsage.rss(),
      databaseBytes: (await store.size()).bytes,
      delayMs: app.eventLoopDelay(),
      runs: (await metrics.runs(store)).filter(({ count }) => count > 0),
      // What other rooms train is nobody's business here.
      training: training?.room === room.id ? training : null,
      epochSeconds: await store.latestEpochSeconds(),
      sources: sources.filter(({ read, refused, failed }) => read + refused + failed > 0),
    });
  });
}
