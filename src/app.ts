import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { registerAccess } from './plugins/access.ts';
import { registerAllowedHosts } from './plugins/allowed-hosts.ts';
import { registerAuthority } from './plugins/authority.ts';
import { registerBodies } from './plugins/bodies.ts';
import { connectionOptions, registerConnectionLimits } from './plugins/connection-limits.ts';
import { Connections } from './plugins/connections.ts';
import { registerDevReload } from './plugins/dev-reload.ts';
import { registerDrain } from './plugins/drain.ts';
import { registerErrorPages, sendRefusal } from './plugins/error-pages.ts';
import { registerEventStreams } from './plugins/event-stream.ts';
import { registerJsonDepth } from './plugins/json-depth.ts';
import { registerKnownMethods } from './plugins/known-methods.ts';
import { logOptions, registerRequestId } from './plugins/log.ts';
import { registerMetrics } from './plugins/metrics.ts';
import { registerOpenApi } from './plugins/openapi.ts';
import { registerOverload } from './plugins/overload.ts';
import { registerOwner } from './plugins/owner.ts';
import { type OpenParts, openParts } from './plugins/parts.ts';
import { registerRateLimits } from './plugins/rate-limits.ts';
import { registerRevision } from './plugins/revision.ts';
import { registerSameOrigin } from './plugins/same-origin.ts';
import { registerSecurityHeaders } from './plugins/security-headers.ts';
import { registerStaticFiles } from './plugins/static-files.ts';
import { registerViews } from './plugins/views.ts';
import { correctionRoutes } from './routes/corrections/corrections.ts';
import { correctionsExportRoutes } from './routes/corrections/corrections-export.ts';
import { docsRoutes } from './routes/docs.ts';
import { homeRoutes } from './routes/home.ts';
import { nowRoutes } from './routes/now.ts';
import { healthRoutes } from './routes/operations/health.ts';
import { metricsRoutes } from './routes/operations/metrics.ts';
import { signInRoutes } from './routes/operations/sign-in.ts';
import { statusRoutes } from './routes/operations/status.ts';
import { inferenceRoutes } from './routes/recognition/inference.ts';
import { recognizeRoutes } from './routes/recognition/recognize.ts';
import { servingContext, servingRoutes } from './routes/recognition/serving.ts';
import { augmentationRoutes } from './routes/runs/augmentation.ts';
import { fineTuneRoutes } from './routes/runs/fine-tunes.ts';
import { forecastRoutes } from './routes/runs/forecast.ts';
import { runActionRoutes } from './routes/runs/run-actions.ts';
import { runCheckpointRoutes } from './routes/runs/run-checkpoints.ts';
import { runComparisonRoutes } from './routes/runs/run-comparison.ts';
import { runDeletionRoutes } from './routes/runs/run-deletion.ts';
import { runEventRoutes } from './routes/runs/run-events.ts';
import { runExportRoutes } from './routes/runs/run-exports.ts';
import { runForkRoutes } from './routes/runs/run-forks.ts';
import { runLabelRoutes } from './routes/runs/run-labels.ts';
import { runListRoutes } from './routes/runs/run-list.ts';
import { runProgressRoutes } from './routes/runs/run-progress.ts';
import { runRoutes } from './routes/runs/runs.ts';
import { sweepEventRoutes } from './routes/sweeps/sweep-events.ts';
import { sweepRoutes } from './routes/sweeps/sweeps.ts';

export type Parts = OpenParts;

/** Largest body of what is not a drawing: it is parsed at once, in a millisecond. */
const BODY_BYTES = 2 ** 16;
/** Closed without a drain, requests in flight have this long. */
const CLOSE_GRACE_MS = 1_000;

declare module 'fastify' {
  interface FastifyInstance {
    parts: Parts;
  }
}

/**
 * Puts the server together, in the order in which a request meets the pieces; never listens. The caller closes it.
 *
 * @throws CodedError when the data folder, the database or the weights cannot be used
 */
export async function buildApp(config: Config): Promise<FastifyInstance> {
  const connections = new Connections();
  const app = Fastify({
    ...logOptions(config),
    bodyLimit: BODY_BYTES,
    ...connectionOptions,
    serverFactory: (handler, options) => connections.createServer(handler, options),
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { maxParamLength: 100, ignoreTrailingSlash: true },
    trustProxy: config.trustProxy.length > 0 && [...config.trustProxy],
    frameworkErrors: sendRefusal,
  });
  const parts = await openParts(config, app.log);
  app.decorate('parts', parts);
  app.addHook('onClose', () => parts.close());
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS).unref();
  });

  registerRequestId(app);
  registerAuthority(app, config);
  registerKnownMethods(app);
  registerConnectionLimits(app, config);
  registerErrorPages(app);
  registerDrain(app, { ...parts, connections });
  await registerSecurityHeaders(app);
  registerAllowedHosts(app, config);
  registerSameOrigin(app);
  await app.register(cookie);
  registerAccess(app, parts, await registerRateLimits(app, { perMinute: config.rateLimit }));
  registerOwner(app);
  registerOverload(app, parts);
  registerJsonDepth(app);
  registerEventStreams(app);
  registerMetrics(app, parts);
  await app.register(compress, { global: true, threshold: 1024, encodings: ['br', 'gzip', 'identity'] });
  await app.register(formbody, { bodyLimit: BODY_BYTES });
  await app.register(multipart);
  registerBodies(app);
  await registerOpenApi(app);
  await registerStaticFiles(app, { dev: config.dev });
  registerRevision(app, parts);
  await registerViews(app, { dev: config.dev, serving: (request) => servingContext(parts, request) });

  healthRoutes(app);
  metricsRoutes(app);
  statusRoutes(app, parts);
  signInRoutes(app);
  homeRoutes(app, parts);
  forecastRoutes(app, parts);
  augmentationRoutes(app);
  runRoutes(app, parts);
  runListRoutes(app, parts);
  runComparisonRoutes(app, parts);
  runExportRoutes(app, parts);
  runActionRoutes(app, parts);
  runLabelRoutes(app, parts);
  runForkRoutes(app, parts);
  runDeletionRoutes(app, parts);
  runCheckpointRoutes(app, parts);
  runProgressRoutes(app, parts);
  runEventRoutes(app, parts);
  sweepRoutes(app, parts);
  sweepEventRoutes(app, parts);
  servingRoutes(app, parts);
  recognizeRoutes(app, parts);
  inferenceRoutes(app, parts);
  correctionRoutes(app, parts);
  correctionsExportRoutes(app, parts);
  fineTuneRoutes(app, parts);
  nowRoutes(app);
  docsRoutes(app);
  if (config.dev) registerDevReload(app);
  return app;
}
