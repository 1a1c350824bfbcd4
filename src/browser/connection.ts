/** The address of a path of this server, which may lie below another path. */
import { say } from './say.ts';
export const address = (path: string) => `${document.body.dataset.base ?? ''}${path}`;

/** Address to check whether the server is there: a short text that depends on nothing else. */
const ASK = '/now';
/** Soon at first, then less and less often. */
const ASK_FIRST_MS = 1000;
const ASK_AT_LEAST_MS = 6000;
/** Timeout of a poll, for a hung server or a network that drops everything. */
const POLL_TIMEOUT_MS = 10_000;
const BANNER = '[data-connection]';
const NOTICE = '#notice';

/** Fired on the document when the server answers again. */
export const SERVER_BACK = 'server:back';

/** The part of htmx's request context that is used here: https://four.htmx.org/reference/events */
interface RequestEvent extends CustomEvent {
  readonly detail: {
    readonly ctx?: {
      readonly sourceElement: Element;
      readonly sourceEvent: Event;
      readonly request: { readonly method: string; timeout?: number };
      readonly response?: { readonly status: number; readonly headers: Headers };
      fetch?: typeof fetch;
    };
  };
}

/** Shows a banner while the server cannot be reached, and removes it as soon as it can. Meanwhile nothing polls. */
export function mountConnection(): void {
  on('htmx:config:request', (event) => {
    const ctx = event.detail.ctx!;
    ctx.fetch = quietFetch;
    if (!isPoll(event)) return;
    ctx.request.timeout = POLL_TIMEOUT_MS;
    // A page in the background is not seen; it continues when it becomes visible.
    if (isServerAway() || document.hidden) event.preventDefault();
  });
  on('htmx:before:response', (event) => {
    if (isAway(event.detail.ctx?.response)) {
      event.preventDefault();
      lost();
    } else found();
  });
  on('htmx:after:request', (event) => {
    const { request, response, sourceElement } = event.detail.ctx ?? {};
    if (!request || !response) return;
    if (response.status >= 400) refused = request.method;
    else if (request.method === refused) setText(NOTICE, '');
    // Do not retry elements that were removed meanwhile.
    if (response.status === 404 && isPoll(event)) stopPolling(sourceElement!);
  });
  addEventListener('online', askNow);
  document.addEventListener('visibilitychange', askNow);
}

/** Status of the answer to a request of htmx; undefined when there is none. */
export const statusOf = (event: Event): number | undefined =>
  (event as RequestEvent).detail.ctx?.response?.status;

/** Is the banner up? */
export const isServerAway = () => timer !== undefined;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Fetches an address of this server, silently: if it cannot be reached, the banner says so.
 *
 * @returns null when there is no answer
 */
export async function reach(address: string, options: RequestInit): Promise<Answer | null> {
  const abort = new AbortController();
  const timeout = setTimeout(() => abort.abort('timeout'), POLL_TIMEOUT_MS);
  const response = await quietFetch(address, { ...options, signal: abort.signal });
  clearTimeout(timeout);
  if (isAway(response)) {
    lost();
    return null;
  }
  found();
  return { status: response.status, text: await response.text() };
}

/** Like fetch, but a missing answer becomes one that a gateway could give: an exception would be logged with each attempt. */
const quietFetch: typeof fetch = async (input, init) => {
  try {
    const response = await fetch(input, init);
    // An answer that breaks off does not count.
    const text = await response.text();
    return Object.assign(response, { text: async () => text });
  } catch (error) {
    const isOurs = init?.signal?.aborted && init.signal.reason !== 'timeout';
    if (isOurs) throw error;
    return new Response(null, { status: 504 });
  }
};

/** What the notice is about: a successful poll does not clear the notice of a refused button. */
let refused: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let wait = ASK_FIRST_MS;

function lost(): void {
  if (timer !== undefined) return;
  setText(BANNER, say('browser.unreachable'));
  wait = ASK_FIRST_MS;
  askLater();
}

/** Not all pages of a class at the same moment. */
function askLater(): void {
  timer = setTimeout(ask, wait * (0.8 + 0.4 * Math.random()));
  wait = Math.min(ASK_AT_LEAST_MS, wait * 1.5);
}

async function ask(): Promise<void> {
  // A server that is still away is expected here: the banner says so already.
  const isBack = await fetch(address(ASK), { cache: 'no-store' }).then(
    (response) => response.ok,
    () => false,
  );
  if (timer === undefined) return;
  if (isBack) found();
  else askLater();
}

function askNow(): void {
  if (timer === undefined || document.hidden) return;
  clearTimeout(timer);
  ask();
}

function found(): void {
  if (timer === undefined) return;
  clearTimeout(timer);
  timer = undefined;
  setText(BANNER, '');
  document.dispatchEvent(new Event(SERVER_BACK));
}

function setText(selector: string, text: string): void {
  const element = document.querySelector(selector);
  if (element && element.textContent !== text) element.textContent = text;
}

function isPoll({ detail }: RequestEvent): boolean {
  return detail.ctx?.sourceEvent.type === 'every';
}

function stopPolling(element: Element): void {
  for (const name of ['hx-get', 'hx-trigger']) element.removeAttribute(name);
  window.htmx.process(element, true);
}

/** A proxy, or a server shutting down, answers in its own words; our pages answer in HTML. */
function isAway(response: Pick<Response, 'status' | 'headers'> | undefined): boolean {
  if (!response || response.status < 502) return false;
  return !response.headers.get('content-type')?.startsWith('text/html');
}

function on(event: string, listener: (event: RequestEvent) => void): void {
  document.addEventListener(event, listener as EventListener);
}
