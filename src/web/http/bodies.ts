import { errorCodes, type FastifyInstance } from 'fastify';
import { CodedError } from '../../errors.ts';
import { readMultipart } from './multipart-fields.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Does the route read multipart forms itself? */
    readonly readsMultipart?: true;
  }
}

/** JSON under its own media type, an old one such as text/json, or a derived one such as application/merge-patch+json. */
export const JSON_TYPES = /^(?:application|text)\/(?:x-|[\w.-]+\+)?json(?:;|$)/;

/** JSON lines have no registered name: these are in use. */
export const JSON_LINES_TYPES = /^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines)(?:;|$)/i;

/**
 * Parses bodies by content type. A request without a body has none, whatever its content type: many clients declare
 * everything they send as JSON. A route that needs a body says so in its own error. Multipart fields are treated
 * like those of any form. Needs @fastify/multipart.
 */
export function registerBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(JSON_TYPES, { parseAs: 'string' }, (request, body: string, done) =>
    isBlank(body) ? done(null, undefined) : parseJson(request, body, done),
  );
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body: string, done) =>
    done(null, isBlank(body) ? undefined : body),
  );
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body: Buffer, done) =>
    done(null, refuseUnlessEmpty(body)),
  );
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const { headers } = request;
    if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) {
      for (const name of ABOUT_A_BODY) delete headers[name];
    }
    done(null, payload);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    if (!request.isMultipart() || request.routeOptions.config.readsMultipart) return done();
    readMultipart(request).then((fields) => {
      request.body = fields;
      done();
    }, done);
  });
}

/** Without one they say nothing, so that nothing can be wrong with them. */
const ABOUT_A_BODY = ['content-type', 'content-encoding'];

/** Some send an empty line. */
const isBlank = (body: string) => body.trim() === '';

/** A body of an unsupported type. @throws 415 */
export function refuseUnlessEmpty(bytes: Buffer): undefined {
  if (bytes.length > 0) throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE();
}

/**
 * A missing body has no fields; nor does JSON's null, which some clients send for nothing.
 *
 * @throws CodedError 400 when the body is not a set of fields
 */
export function bodyFields(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body as Record<string, unknown>;
  throw notFields();
}

/** As `bodyFields`, where no fields mean everything: a variable that is null by mistake must not delete everything. */
export function deletionFields(body: unknown): Readonly<Record<string, unknown>> {
  if (body === null) throw notFields();
  return bodyFields(body);
}

function notFields(): CodedError {
  return new CodedError({ code: 'NOT_AN_OBJECT', status: 400, message: ['errors.sendAFormOrA'] });
}
