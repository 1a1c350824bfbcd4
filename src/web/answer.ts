import type { FastifyRequest } from 'fastify';

/** What a client can be answered with: a piece of a page for htmx, a whole page, JSON, or plain text. */
export type AnswerForm = 'fragment' | 'page' | 'json' | 'text';

/** True when htmx (or the drawing pad) asks for a piece of the page it has. */
export function wantsFragment(request: FastifyRequest): boolean {
  return request.headers['hx-request'] === 'true' && request.headers['hx-request-type'] !== 'full';
}

/**
 * Chooses by `HX-Request`, then `Accept`. A client that names neither HTML nor JSON (curl, most scripts) gets JSON if
 * it sent JSON, else `fallback`.
 */
export function answerForm(request: FastifyRequest, fallback: 'json' | 'text' | 'page' = 'json'): AnswerForm {
  if (wantsFragment(request)) return 'fragment';
  const accept = request.headers.accept ?? '*/*';
  const html = quality(accept, 'text/html');
  const json = Math.max(quality(accept, 'application/json'), quality(accept, 'application/problem+json'));
  const text = quality(accept, 'text/plain');
  const best = Math.max(html, json, text);
  if (best === 0) return sentJson(request) ? 'json' : fallback;
  if (html === best) return 'page';
  return json === best ? 'json' : 'text';
}

/** The q-value with which `accept` names this very type, 0–1; wildcards don't count. */
function quality(accept: string, type: string): number {
  for (const part of accept.split(',', 20)) {
    const [name, ...parameters] = part.trim().toLowerCase().split(';', 5);
    if (name.trim() !== type) continue;
    const q = parameters.map((parameter) => /^\s*q=([\d.]+)/.exec(parameter)?.[1]).find(Boolean);
    return q === undefined ? 1 : Number(q);
  }
  return 0;
}

function sentJson(request: FastifyRequest): boolean {
  return /^application\/([\w.+-]+\+)?json\b/i.test(request.headers['content-type'] ?? '');
}

/** Did the client send the fields of a form, whose values are texts? */
export function sentForm(request: FastifyRequest): boolean {
  const type = request.headers['content-type'] ?? '';
  return /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type);
}
