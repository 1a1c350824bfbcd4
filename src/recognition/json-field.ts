import type { Message } from '../catalogue/catalogue.ts';
import { CodedError } from '../errors.ts';

/** A value of a body: forms carry JSON as text. Empty and null, even as text, count as omitted. */
export function jsonField(value: unknown, field: string): unknown {
  if (value === '' || value === null) return undefined;
  if (typeof value !== 'string') return value;
  try {
    // A file may begin with a UTF-8 byte-order mark.
    return JSON.parse(value.replace(/^\ufeff/, '')) ?? undefined;
  } catch (cause) {
    const message: Message = ['errors.isNotValidJson', { field }];
    throw new CodedError({ code: 'NOT_JSON', status: 422, message, field, cause });
  }
}

/** A value of a body as text. An object's own `toString` may be anything: it is shown as the JSON that it was. */
export function asText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
