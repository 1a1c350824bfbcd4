import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EncodedBody } from '../recognition/body.ts';

const FORMATS = { 'application/json': 'json', 'application/x-www-form-urlencoded': 'fields' } as const;

/**
 * Has JSON and forms decoded, wherever there is time for it, before a route is given them. For the routes of `app` only,
 * which has to be a context of its own.
 */
export function decodeBodies(app: FastifyInstance, decode: (encoded: EncodedBody) => Promise<unknown>): void {
  for (const [type, format] of Object.entries(FORMATS)) {
    app.removeContentTypeParser(type);
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request: FastifyRequest, bytes: Buffer) =>
      decode({ bytes, format }),
    );
  }
}

/** For `Reader.decode`. */
export function sizeOf({ bytes }: EncodedBody): { bytes: number; handedOver: Uint8Array } {
  return { bytes: bytes.length, handedOver: bytes };
}
