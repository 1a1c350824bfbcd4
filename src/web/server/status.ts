import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../version.ts';
import type { Workbench } from '../../workbench.ts';
import { type OUTCOMES, SOURCES } from '../http/metrics.ts';
import type { StatusContext } from './contexts.ts';

/** `GET /status`: for people what `/metrics` has for Prometheus. */
export function statusRoutes(app: FastifyInstance, { store }: Workbench): void {
  const { metrics } = app;
  app.get('/status', async (request, reply) => {
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
      runs: (await metrics.runs()).filter(({ count }) => count > 0),
      training: await metrics.training(),
      epochSeconds: await store.latestEpochSeconds(),
      sources: sources.filter(({ read, refused, failed }) => read + refused + failed > 0),
    });
  });
}
