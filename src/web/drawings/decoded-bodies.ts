import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isPictureFile } from '../../images/picture.ts';
import type { EncodedBody } from '../../recognition/body.ts';
import { JSON_TYPES, refuseUnlessEmpty } from '../http/bodies.ts';
import { readBytes } from '../http/gathered-bytes.ts';

interface Decoders {
  decode(encoded: EncodedBody): Promise<unknown>;
  /** @param image a picture's file, or a picture as text */
  decodePicture(image: Buffer, request: FastifyRequest): Promise<unknown>;
}

/**
 * Has JSON, forms and pictures decoded, wherever there is time for it, before a route is given them. A picture and a JSON
 * object are recognised by their first bytes, whatever their content type: curl calls everything it sends a form,
 * fetch of text that it is plain. For the routes of `app` only, which has to be a context of its own.
 */
export function decodeBodies(app: FastifyInstance, { decode, decodePicture }: Decoders): void {
  const parsers: [type: string | RegExp, parse: (bytes: Buffer) => unknown][] = [
    [JSON_TYPES, (bytes) => decode({ bytes, format: 'json' })],
    ['application/x-www-form-urlencoded', (bytes) => decode({ bytes, format: 'fields' })],
    ['text/plain', () => undefined],
    ['*', refuseUnlessEmpty],
  ];
  for (const [type, parse] of parsers) {
    app.removeContentTypeParser(type);
    app.addContentTypeParser(type, async (request: FastifyRequest, body: Readable) => {
      const bytes = await readBytes(request, body);
      if (isPicture(bytes)) return decodePicture(bytes, request);
      return isObject(bytes) ? decode({ bytes, format: 'json' }) : parse(bytes);
    });
  }
  // A body declared as a picture that cannot be read as one is refused as a picture.
  app.addContentTypeParser(/^image\//, async (request: FastifyRequest, body: Readable) =>
    decodePicture(await readBytes(request, body), request),
  );
}

/**
 * How a picture as text begins: as a data: URL, or with the base64 of a PNG's, a JPEG's or a WebP's first bytes; as JSON
 * it is in quotes, and some put "\\/" for "/".
 */
const PICTURE_TEXT = /^["']?(?:data(?::|%3a)|iVBORw0KGgo|\\?\/9j\\?\/|UklGR)/i;

const isPicture = (bytes: Buffer) => isPictureFile(bytes) || PICTURE_TEXT.test(beginning(bytes));

const isObject = (bytes: Buffer) => beginning(bytes).startsWith('{');

/** After blank lines, and the byte-order mark that some editors put before UTF-8. */
const beginning = (bytes: Buffer) => bytes.toString('utf8', 0, 60).trimStart();

/** For `Reader.decode`. */
export function sizeOf({ bytes }: EncodedBody): { bytes: number; handedOver: Uint8Array } {
  return { bytes: bytes.length, handedOver: bytes };
}
