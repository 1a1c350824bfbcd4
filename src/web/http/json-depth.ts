import type { FastifyInstance } from 'fastify';
import { CodedError } from '../../errors.ts';
import { isDeeper, MOST_DEPTH } from '../../recognition/body.ts';

/** Refuses bodies that nest so deep that traversing them would overflow the stack. */
export function registerJsonDepth(app: FastifyInstance): void {
  app.addHook('preValidation', ({ body }, _reply, done) => {
    if (isDeeper(body, MOST_DEPTH)) {
      throw new CodedError({
        code: 'TOO_DEEP',
        status: 422,
        message: ['errors.theBodyNestsDeeperThan', { mostDepth: MOST_DEPTH }],
      });
    }
    done();
  });
}
