import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Translate } from './catalogue/catalogue.ts';
import type { Config } from './config.ts';
import { registerOpenApi } from './web/api/openapi.ts';
import { correctionRoutes } from './web/corrections/corrections.ts';
import { correctionsExportRoutes } from './web/corrections/export.ts';
import { inferenceRoutes } from './web/drawings/inference.ts';
import { recognizeRoutes } from './web/drawings/recognize.ts';
import { registerAccess } from './web/http/access.ts';
import { registerAllowedHosts } from './web/http/allowed-hosts.ts';
import { registerAuthority } from './web/http/authority.ts';
import { registerBasePath, withoutBase } from './web/http/base-path.ts';
import { registerBodies } from './web/http/bodies.ts';
import { connectionOptions, registerConnectionLimits } from './web/http/connection-limits.ts';
import { Connections } from './web/http/connections.ts';
import { registerDevReload } from './web/http/dev-reload.ts';
import { registerDrain } from './web/http/drain.ts';
import { registerErrorPages, sendRefusal } from './web/http/error-pages.ts';
import { registerEventStreams } from './web/http/event-stream.ts';
import { registerJsonDepth } from './web/http/json-depth.ts';
import { registerKnownMethods } from './web/http/known-methods.ts';
import { logOptions, registerRequestId } from './web/http/log.ts';
import { registerMetrics } from './web/http/metrics.ts';
import { registerOverload } from './web/http/overload.ts';
import { registerOwner } from './web/http/owner.ts';
import { registerRateLimits } from './web/http/rate-limits.ts';
import { registerRevision } from './web/http/revision.ts';
import { registerRoom } from './web/http/room.ts';
import { registerSameOrigin } from './web/http/same-origin.ts';
import { registerSecurityHeaders } from './web/http/security-headers.ts';
import { registerStaticFiles } from './web/http/static-files.ts';
import { registerViews } from './web/http/views.ts';
import { insideRoutes } from './web/inside/inside.ts';
import { modelRoutes } from './web/models/models.ts';
import { readerRoutes } from './web/models/readers.ts';
import { servingContext, servingRoutes } from './web/models/serving.ts';
import { OPERATIONS } from './web/operations.ts';
import { peopleRoutes } from './web/people/people.ts';
import { roomContext, roomRoutes } from './web/rooms/rooms.ts';
import { runActionRoutes, runDeletionRoutes } from './web/runs/actions.ts';
import { augmentationRoutes } from './web/runs/augmentation.ts';
import { runCheckpointRoutes } from './web/runs/checkpoints.ts';
import { runComparisonRoutes } from './web/runs/comparison.ts';
import { runEventRoutes } from './web/runs/events.ts';
import { runExportRoutes } from './web/runs/exports.ts';
import { forecastRoutes } from './web/runs/forecast.ts';
import { runForkRoutes } from './web/runs/forks.ts';
import { homeRoutes } from './web/runs/form.ts';
import { runLabelRoutes } from './web/runs/labels.ts';
import { runListRoutes } from './web/runs/list.ts';
import { runProgressRoutes } from './web/runs/progress.ts';
import { fineTuneRoutes, runRoutes } from './web/runs/runs.ts';
import { docsRoutes } from './web/server/docs.ts';
import { healthRoutes } from './web/server/health.ts';
import { metricsRoutes } from './web/server/metrics.ts';
import { nowRoutes } from './web/server/now.ts';
import { signInRoutes } from './web/server/sign-in.ts';
import { statusRoutes } from './web/server/status.ts';
import { sweepEventRoutes } from './web/sweeps/events.ts';
import { sweepRoutes } from './web/sweeps/sweeps.ts';
import { openWorkbenches, type Workbench, type Workbenches } from './workbench.ts';

/** Largest body other than drawings: it is parsed at once, in a millisecond. */
const BODY_BYTES = 2 ** 16;
/** Time for requests in flight when closed without draining. */
const CLOSE_GRACE_MS = 1_000;

declare module 'fastify' {
  interface FastifyInstance {
    /** Of the default room. */
    workbench: Workbench;
    /** Of all rooms. */
    workbenches: Workbenches;
  }
}

/**
 * Puts the server together, in the order in which a request meets the pieces; never listens. The caller closes it.
 *
 * @param languages of the pages, by default all; the first one for clients that accept none of them
 * @throws CodedError when the data folder, the database or the weights cannot be used
 */
export async function buildApp(
  config: Config,
  { languages }: { readonly languages?: readonly Translate[] } = {},
): Promise<FastifyInstance> {
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
    rewriteUrl: withoutBase(config.basePath),
  });
  const workbenches = await openWorkbenches(config, app.log);
  app.decorate('workbench', workbenches.byDefault);
  app.decorate('workbenches', workbenches);
  app.addHook('onClose', () => workbenches.close());
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS).unref();
  });

  registerBasePath(app, config);
  registerRequestId(app);
  registerAuthority(app, config);
  registerKnownMethods(app);
  registerConnectionLimits(app, config);
  registerErrorPages(app);
  registerDrain(app, { recognition: workbenches.byDefault.recognition, connections });
  await registerSecurityHeaders(app);
  registerAllowedHosts(app, config);
  registerSameOrigin(app);
  await app.register(cookie);
  registerRoom(app, workbenches);
  await registerAccess(app, workbenches, await registerRateLimits(app, { perMinute: config.rateLimit }));
  registerOwner(app);
  registerOverload(app);
  registerJsonDepth(app);
  registerEventStreams(app);
  registerMetrics(app, workbenches);
  await app.register(compress, { global: true, threshold: 1024, encodings: ['br', 'gzip', 'identity'] });
  await app.register(formbody, { bodyLimit: BODY_BYTES });
  await app.register(multipart);
  registerBodies(app);
  await registerOpenApi(app, OPERATIONS);
  await registerStaticFiles(app, { dev: config.dev });
  registerRevision(app);
  await registerViews(app, {
    dev: config.dev,
    room: (request) => roomContext(workbenches, request),
    serving: servingContext,
    ...(languages && { languages }),
  });

  healthRoutes(app);
  metricsRoutes(app);
  statusRoutes(app);
  peopleRoutes(app);
  roomRoutes(app, workbenches);
  signInRoutes(app, workbenches);
  homeRoutes(app);
  forecastRoutes(app);
  augmentationRoutes(app);
  runRoutes(app);
  runListRoutes(app);
  runComparisonRoutes(app);
  runExportRoutes(app);
  runActionRoutes(app);
  runLabelRoutes(app);
  runForkRoutes(app);
  runDeletionRoutes(app);
  runCheckpointRoutes(app);
  runProgressRoutes(app);
  runEventRoutes(app, workbenches);
  sweepRoutes(app);
  sweepEventRoutes(app, workbenches);
  servingRoutes(app);
  modelRoutes(app);
  readerRoutes(app);
  recognizeRoutes(app, workbenches);
  inferenceRoutes(app);
  insideRoutes(app, workbenches);
  correctionRoutes(app, workbenches);
  correctionsExportRoutes(app);
  fineTuneRoutes(app);
  nowRoutes(app);
  docsRoutes(app);
  if (config.dev) registerDevReload(app);
  return app;
}
