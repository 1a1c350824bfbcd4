import type { FastifyInstance } from 'fastify';
import type { RecognitionService } from '../../recognition/recognition-service.ts';
import type { Connections, EndLimits } from './connections.ts';

/** Why no requests should be sent; null when they may. */
export type NotReady = 'starting' | 'draining' | 'no model' | null;

declare module 'fastify' {
  interface FastifyInstance {
    notReady(): NotReady;
    /**
     * The first step of shutdown: no longer ready, event streams end, requests are answered, connections are closed.
     * Resolves when none is left, or after {@link EndLimits}.
     */
    drain(): Promise<void>;
  }
}

export interface DrainOptions {
  readonly recognition: Pick<RecognitionService, 'serving'>;
  readonly connections: Connections;
  /** Shortened by tests only. */
  readonly limits?: EndLimits;
}

export function registerDrain(
  app: FastifyInstance,
  { recognition, connections, limits }: DrainOptions,
): void {
  let stage: 'starting' | 'draining' | null = 'starting';

  app.decorate('notReady', () => stage ?? (recognition.serving === null ? 'no model' : null));

  app.decorate('drain', async () => {
    stage = 'draining';
    app.eventStreams.endAll();
    await connections.end(limits);
  });

  app.addHook('onListen', async () => {
    if (stage === 'starting') stage = null;
  });
}
