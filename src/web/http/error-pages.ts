import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import { LARGEST_BODY_TEXT, LARGEST_PICTURE_TEXT } from '../../images/sizes.ts';
import { explained } from '../../store/open.ts';
import type { ErrorContext } from '../page.ts';
import './known-methods.ts';
import { answerForm } from '../answer.ts';
import { signInUrl } from './sign-in-url.ts';

/** What may be told of any error; nothing else of it leaves the server. */
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly field?: string | undefined;
  readonly retryAfter?: number | undefined;
}

const STATUS_TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Too slow',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Unknown host',
  422: 'Cannot be used',
  429: 'Too many requests',
  500: 'Server error',
  503: 'Not available',
  507: 'No room',
};

/** Sentences for what Fastify and its plugins find wrong before a route is reached. */
const SENTENCES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: `The request is too large: 64 kB at most; to /recognize and /corrections ${LARGEST_BODY_TEXT}, a picture ${LARGEST_PICTURE_TEXT}.`,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send a form, JSON or a picture: this content type is not understood.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_CP_ERR_INVALID_CONTENT: 'The body is not compressed as its Content-Encoding says.',
  FST_CP_ERR_INVALID_CONTENT_ENCODING:
    'The body is compressed in a way that is not understood: send it as it is, or with gzip.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as its Content-Length says.',
  FST_REQ_FILE_TOO_LARGE: `The picture is too large: ${LARGEST_PICTURE_TEXT} at most.`,
  FST_FILES_LIMIT: 'Send one picture at a time.',
  FST_PARTS_LIMIT: 'The form has too many parts.',
  FST_FIELDS_LIMIT: 'The form has too many fields.',
};

/** For what Fastify refuses before it knows a route, such as "/%ff": no views are there yet. */
export function sendRefusal(_error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const detail = 'The address of the request cannot be understood.';
  reply
    .code(400)
    .type('application/problem+json')
    .send({ type: 'about:blank', title: STATUS_TITLES[400], status: 400, detail, code: 'BAD_ADDRESS' });
}

/** One place turns every error into a page, a fragment, JSON or text. */
export function registerErrorPages(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(explained(error) as FastifyError);
    // That there is no room is no fault.
    if (problem.status >= 500 && problem.status !== 503) request.log.error(error);
    return sendProblem(request, reply, problem);
  });
  // What is sent to no route is not read: neither its content type nor its length matters.
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (request.is404 || !isMeant(request)) throw nothingHere(request, reply);
    done(null, payload);
  });
  // Of a route that found nothing: a file, say.
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
    return new CodedError({ code: 'NOT_FOUND', status: 404, message: 'There is nothing at this address.' });
  }
  reply.header('allow', allowed.join(', '));
  const message = `This address cannot be asked for with ${request.method}, only with ${allowed.join(', ')}.`;
  return new CodedError({ code: 'WRONG_METHOD', status: 405, message });
}

function toProblem(error: FastifyError): Problem {
  // The client hung up: nobody hears the answer.
  if (error.code === 'ECONNRESET')
    return { status: 400, code: 'ABORTED', message: 'The request was cut short.' };
  if (error instanceof CodedError) {
    const { status, code, message, field, retryAfter } = error;
    return { status, code, message, field, retryAfter };
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) {
    return {
      status: 500,
      code: 'INTERNAL',
      message: 'Something went wrong on the server. It was logged; try again.',
    };
  }
  const code = error.code ?? 'BAD_REQUEST';
  const fallback = /JSON/.test(error.message)
    ? SENTENCES.FST_ERR_CTP_INVALID_JSON_BODY
    : 'The request cannot be understood.';
  return { status, code, message: SENTENCES[code] ?? fallback };
}

/** Parts of an address that a sentence repeats may not turn it round or end it. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}]/gu;

/** RFC 9457 for scripts; the sentence alone where text is asked for. */
function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply | Promise<FastifyReply> {
  const { status, code, field, retryAfter } = problem;
  const message = problem.message.replace(UNSEEN, '\u{fffd}');
  const title = STATUS_TITLES[status] ?? 'Error';
  const signIn = status === 401 || code === 'ADMIN_ONLY' ? signInUrl(request) : null;
  reply.code(status);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  // The tutorial's scripts read text from this one address.
  switch (answerForm(request, request.url.startsWith('/recognize') ? 'text' : 'json')) {
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
