import type { Multipart } from '@fastify/multipart';
import { errorCodes, type FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { LARGEST_BODY } from '../../images/sizes.ts';
import { IMAGE_SIZE } from '../../network/lenet5.ts';
import { GatheredBytes } from './gathered-bytes.ts';
import { partsOf } from './multipart-parts.ts';

/** A matrix with one field per number, and some other fields. */
const MOST_FIELDS = IMAGE_SIZE + 16;

/**
 * The fields of a multipart form as those of any form: its files are text, but an `image` is bytes when it was sent as a
 * file.
 *
 * @returns name → value, or its values when it was sent several times
 * @throws CodedError 400; 413 when it is larger than the route allows
 */
export async function readMultipart(request: FastifyRequest): Promise<Record<string, unknown>> {
  const most = request.routeOptions.bodyLimit ?? 0;
  const told = Number(request.headers['content-length'] ?? most);
  const limits = {
    // Its own limit is that of picture files; a picture as text is a third longer.
    fileSize: most,
    fieldSize: LARGEST_BODY + 1,
    files: 1,
    fields: MOST_FIELDS,
    parts: MOST_FIELDS + 1,
  };
  const fields: Record<string, unknown> = {};
  let size = 0;
  /** Except pictures. */
  let plain = 0;
  try {
    for await (const part of partsOf(request, { limits, isPartAFile })) {
      const value = await fieldValue(part, request, Math.min(most, told));
      size += lengthOf(value);
      if (part.fieldname !== 'image') plain += lengthOf(value);
      if (size > most || plain > LARGEST_BODY) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
      const before = fields[part.fieldname];
      if (before === undefined) fields[part.fieldname] = value;
      else if (Array.isArray(before)) before.push(value);
      else fields[part.fieldname] = [before, value];
    }
    return fields;
  } catch (cause) {
    // The parser's own errors have no status; those with one have a sentence.
    if ((cause as { statusCode?: number }).statusCode !== undefined) throw cause;
    const message: Message = ['errors.theFormIsDamagedOr'];
    throw new CodedError({ code: 'BAD_MULTIPART', status: 400, message, cause });
  }
}

/** Bytes and letters of all values. */
export function multipartSize(fields: Readonly<Record<string, unknown>>): number {
  const values = Object.values(fields).flat();
  return values.reduce((sum: number, value) => sum + lengthOf(value), 0);
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}

/** Including a picture without a file name: decoding it as text would damage it. */
function isPartAFile(name: string | undefined, type: string | undefined, file: string | undefined): boolean {
  return name === 'image' || type === 'application/octet-stream' || file !== undefined;
}

async function fieldValue(part: Multipart, { server }: FastifyRequest, most: number): Promise<unknown> {
  if (part.type === 'field') return part.value;
  const bytes = new GatheredBytes(most);
  for await (const piece of part.file) bytes.add(piece);
  if (part.file.truncated) throw new server.multipartErrors.RequestFileTooLargeError();
  const file = bytes.join();
  return part.fieldname === 'image' ? file : file.toString();
}
