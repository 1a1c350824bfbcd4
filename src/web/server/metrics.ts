import type { FastifyInstance } from 'fastify';
import { CodedError } from '../../errors.ts';
import { isCrossSite } from '../http/same-origin.ts';

/** `GET /metrics`: text for Prometheus. Numbers only; refused to pages of other sites. */
export function metricsRoutes(app: FastifyInstance): void {
  const { registry } = app.metrics;
  app.get('/metrics', async (request, reply) => {
    if (isCrossSite(request)) {
      throw new CodedError({
        code: 'CROSS_SITE',
        status: 403,
        message: ['errors.metricsAreNotForPages'],
      });
    }
    return reply
      .header('cache-control', 'no-store')
      .type(registry.contentType)
      .send(await registry.metrics());
  });
}
