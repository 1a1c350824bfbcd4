import type { FastifyInstance } from 'fastify';
import { CodedError } from '../errors.ts';

/** Nothing that is sent here nests deeper than strokes in a batch: 6. */
const MOST_DEPTH = 16;

/** Refuses bodies that nest so deep that whoever walks through them would run out of stack. */
export function registerJsonDepth(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ body }) => {
    if (isDeeper(body, MOST_DEPTH)) {
      throw new CodedError({
        code: 'TOO_DEEP',
        status: 422,
        message: `The body nests deeper than ${MOST_DEPTH} levels.`,
      });
    }
  });
}

/** Does `value` have more than `levels` of lists and objects within each other? Looks no deeper than that. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (!isParsed(value)) return false;
  if (levels === 0) return true;
  const items = Array.isArray(value) ? value : Object.values(value);
  // A batch has 784,000 numbers.
  for (const item of items) if (typeof item === 'object' && isDeeper(item, levels - 1)) return true;
  return false;
}

/** Streams and buffers are not what a parser made. */
function isParsed(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}
