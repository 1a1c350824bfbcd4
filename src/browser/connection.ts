/** Where to ask whether the server is there: a short text that needs nothing else of it. */
const ASK = '/now';
const ASK_EVERY_MS = 2000;
const BANNER = '[data-connection]';
const NOTICE = '#notice';

/** Fired on the document when the server answers again. */
export const SERVER_BACK = 'server:back';

interface RequestEvent extends CustomEvent {
  readonly detail: {
    readonly ctx?: {
      readonly text?: string;
      readonly request: { readonly method: string };
      readonly response?: { readonly status: number; readonly headers: Headers };
    };
    readonly error?: unknown;
  };
}

/** Says when the server cannot be reached, and takes it back by itself as soon as it can. */
export function mountConnection(): void {
  document.addEventListener('htmx:error', (event) => {
    if (isNetworkError(event as RequestEvent)) lost();
  });
  document.addEventListener('htmx:before:response', (event) => {
    if (isAway(event as RequestEvent)) {
      event.preventDefault();
      lost();
    } else found();
  });
  document.addEventListener('htmx:after:request', (event) => {
    const { request, response } = (event as RequestEvent).detail.ctx ?? {};
    if (!request || !response) return;
    if (response.status >= 400) refused = request.method;
    else if (request.method === refused) setText(NOTICE, '');
  });
}

/** Of what the notice is about: a poll that succeeds meanwhile does not take back that a button was refused. */
let refused: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function lost(): void {
  if (timer !== undefined) return;
  setText(BANNER, 'The server cannot be reached. Trying again; this page goes on by itself.');
  timer = setTimeout(ask, ASK_EVERY_MS);
}

async function ask(): Promise<void> {
  // A server that is still away is no surprise here: the banner says so already.
  const isBack = await fetch(ASK, { cache: 'no-store' }).then(
    (response) => response.ok,
    () => false,
  );
  if (isBack) found();
  else timer = setTimeout(ask, ASK_EVERY_MS);
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

/** fetch rejects with a TypeError when there is no answer at all, and so does reading one that breaks off. */
function isNetworkError({ detail }: RequestEvent): boolean {
  return detail.error instanceof TypeError && detail.ctx?.text === undefined;
}

/** A server that is closing, or a proxy before it, answers in its own words; our pages answer in HTML. */
function isAway({ detail }: RequestEvent): boolean {
  const response = detail.ctx?.response;
  if (!response || response.status < 502) return false;
  return !response.headers.get('content-type')?.startsWith('text/html');
}
