import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { english, type Message, type MessageKey } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { LARGEST_BODY_TEXT, LARGEST_PICTURE_TEXT } from '../../images/sizes.ts';
import type { ErrorContext } from '../page.ts';
import './known-methods.ts';
import { answerForm } from '../answer.ts';
import { signInUrl } from './sign-in-url.ts';

/** The public part of an error; nothing else of it leaves the server. */
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: Message | string;
  readonly field?: string | undefined;
  readonly retryAfter?: number | undefined;
}

const STATUS_TITLES: Readonly<Record<number, MessageKey>> = {
  400: 'errors.status400',
  401: 'errors.status401',
  403: 'errors.status403',
  404: 'errors.status404',
  405: 'errors.status405',
  408: 'errors.status408',
  409: 'errors.status409',
  413: 'errors.status413',
  412: 'errors.status412',
  415: 'errors.status415',
  421: 'errors.status421',
  422: 'errors.status422',
  429: 'errors.status429',
  500: 'errors.status500',
  503: 'errors.status503',
  507: 'errors.status507',
};

/** Sentences for errors that Fastify and its plugins raise before a route is reached. */
const SENTENCES: Readonly<Record<string, Message>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'errors.bodyTooLarge',
    { body: LARGEST_BODY_TEXT, picture: LARGEST_PICTURE_TEXT },
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['errors.mediaType'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['errors.theBodyIsNotValid'],
  FST_CP_ERR_INVALID_CONTENT: ['errors.notCompressed'],
  FST_CP_ERR_INVALID_CONTENT_ENCODING: ['errors.contentEncoding'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['errors.contentLength'],
  FST_REQ_FILE_TOO_LARGE: ['errors.pictureTooLarge', { picture: LARGEST_PICTURE_TEXT }],
  FST_FILES_LIMIT: ['errors.onePicture'],
  FST_PARTS_LIMIT: ['errors.tooManyParts'],
  FST_FIELDS_LIMIT: ['errors.tooManyFields'],
};

/** For requests that Fastify refuses before routing, such as "/%ff": views are not available yet. */
export function sendRefusal(_error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const detail = english('errors.badAddress');
  reply
    .code(400)
    .type('application/problem+json')
    .send({
      type: 'about:blank',
      title: english(STATUS_TITLES[400]),
      status: 400,
      detail,
      code: 'BAD_ADDRESS',
    });
}

/** Turns every error into a page, a fragment, JSON or text. */
export function registerErrorPages(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    // A full disk is not a fault of the server.
    if (problem.status >= 500 && problem.status !== 503) request.log.error(error);
    return sendProblem(request, reply, problem);
  });
  // A body sent to no route is not read: neither its content type nor its length matters.
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (request.is404 || !isMeant(request)) throw nothingHere(request, reply);
    done(null, payload);
  });
  // From a route that found nothing, such as a file.
  app.setNotFoundHandler((request, reply) => {
    throw nothingHere(request, reply);
  });
}

/** False where only a parameter matches, such as for DELETE of the page /corrections/delete. */
function isMeant(request: FastifyRequest): boolean {
  const { method, routeOptions, server } = request;
  return (
    method !== 'DELETE' || !routeOptions.url?.includes(':') || server.methodsOf(request).includes(method)
  );
}

/** 405 where another method would be answered, else 404. */
function nothingHere(request: FastifyRequest, reply: FastifyReply): CodedError {
  const allowed = request.server.methodsOf(request);
  if (allowed.length === 0 || allowed.includes(request.method)) {
    return new CodedError({ code: 'NOT_FOUND', status: 404, message: ['errors.thereIsNothingAtThis'] });
  }
  reply.header('allow', allowed.join(', '));
  const message: Message = [
    'errors.thisAddressCannotBeAsked',
    { method: request.method, allowed: allowed.join(', ') },
  ];
  return new CodedError({ code: 'WRONG_METHOD', status: 405, message });
}

function toProblem(error: FastifyError): Problem {
  // The client hung up: nobody receives the answer.
  if (error.code === 'ECONNRESET') return { status: 400, code: 'ABORTED', message: ['errors.cutShort'] };
  if (error instanceof CodedError) {
    const { status, code, message, said, field, retryAfter } = error;
    return { status, code, message: said ?? message, field, retryAfter };
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) {
    return {
      status: 500,
      code: 'INTERNAL',
      message: ['errors.wentWrong'],
    };
  }
  const code = error.code ?? 'BAD_REQUEST';
  const fallback: Message = /JSON/.test(error.message)
    ? SENTENCES.FST_ERR_CTP_INVALID_JSON_BODY
    : ['errors.notUnderstood'];
  return { status, code, message: SENTENCES[code] ?? fallback };
}

/** Parts of an address quoted in a sentence must not reverse its direction or end it. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}]/gu;

/** RFC 9457 for scripts; the sentence alone where text is asked for. */
function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply | Promise<FastifyReply> {
  const { status, code, field, retryAfter } = problem;
  // The tutorial's scripts read text from this one address.
  const form = answerForm(request, request.url.startsWith('/recognize') ? 'text' : 'json');
  const t = form === 'page' || form === 'fragment' ? request.t : english;
  const { message: told } = problem;
  const message = (typeof told === 'string' ? told : t(...told)).replace(UNSEEN, '\u{fffd}');
  const title = t(STATUS_TITLES[status] ?? 'errors.statusOther');
  const signIn = status === 401 || code === 'ADMIN_ONLY' ? signInUrl(request) : null;
  reply.code(status);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  switch (form) {
    case 'json':
      return reply
        .type('application/problem+json')
        .send({ type: 'about:blank', title, status, detail: message, code, field });
    case 'text':
      return reply.type('text/plain; charset=utf-8').send(message);
    case 'fragment':
      return reply.view('_error', { message, signIn });
    case 'page':
      if (status === 401 && signIn !== null) return reply.redirect(signIn, 303);
      return reply.page<ErrorContext>('error', { title, page: 'error', status, message, signIn });
  }
}
