import type { FastifyInstance, FastifyReply } from 'fastify';
import type { RecognitionService } from '../recognition/recognition-service.ts';

/** Requests in flight have this long to end; what the store and the trainer need after it fits into the 10 s left. */
const GRACE_MS = 5_000;

/** Why no more requests should be sent; null when they should. */
export type NotReady = 'starting' | 'draining' | 'no model' | null;

declare module 'fastify' {
  interface FastifyInstance {
    notReady(): NotReady;
    /**
     * The first step of ending: no longer ready, event streams end, requests in flight are waited for. Whoever keeps a
     * connection is asked to make a new one, elsewhere. Resolves when all are done, or after {@link GRACE_MS}.
     */
    drain(): Promise<void>;
  }
}

/** `grace` in milliseconds is shortened by tests only. */
export function registerDrain(
  app: FastifyInstance,
  { recognition, grace = GRACE_MS }: { recognition: Pick<RecognitionService, 'serving'>; grace?: number },
): void {
  let stage: 'starting' | 'draining' | null = 'starting';
  const inFlight = new Set<FastifyReply>();
  let emptied = () => {};

  app.decorate('notReady', () => stage ?? (recognition.serving === null ? 'no model' : null));

  app.decorate('drain', async () => {
    stage = 'draining';
    for (const reply of inFlight) if (isEndless(reply)) reply.raw.end();
    if (inFlight.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, grace);
      emptied = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    for (const { raw } of inFlight) raw.destroy();
  });

  app.addHook('onListen', async () => {
    if (stage === 'starting') stage = null;
  });

  app.addHook('onRequest', async (_request, reply) => {
    inFlight.add(reply);
    reply.raw.once('close', () => {
      inFlight.delete(reply);
      if (inFlight.size === 0) emptied();
    });
  });

  app.addHook('onSend', async (_request, reply) => {
    if (stage === 'draining') reply.header('connection', 'close');
  });
}

/** Server-sent events end only when somebody ends them. */
function isEndless(reply: FastifyReply): boolean {
  const isHijacked = reply.sent && !reply.raw.writableEnded;
  return isHijacked || String(reply.getHeader('content-type')).startsWith('text/event-stream');
}
