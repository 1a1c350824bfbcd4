/** Where to ask whether the server is there: a short text that needs nothing else of it. */
const ASK = '/now';
const ASK_EVERY_MS = 2000;
const BANNER = '[data-connection]';

/** Fired on the document when the server answers again. */
export const SERVER_BACK = 'server:back';

/** Says when the server cannot be reached, and takes it back by itself as soon as it can. */
export function mountConnection(): void {
  document.addEventListener('htmx:error', (event) => {
    if (isNetworkError(event as CustomEvent)) lost();
  });
  document.addEventListener('htmx:before:response', found);
  addEventListener('offline', lost);
}

let timer: ReturnType<typeof setTimeout> | undefined;

function lost(): void {
  if (timer !== undefined) return;
  say('The server cannot be reached. Trying again; this page goes on by itself.');
  timer = setTimeout(ask, ASK_EVERY_MS);
}

async function ask(): Promise<void> {
  try {
    await fetch(ASK, { cache: 'no-store' });
    found();
  } catch {
    // Still away: that is what the banner says.
    timer = setTimeout(ask, ASK_EVERY_MS);
  }
}

function found(): void {
  if (timer === undefined) return;
  clearTimeout(timer);
  timer = undefined;
  say('');
  document.dispatchEvent(new Event(SERVER_BACK));
}

function say(sentence: string): void {
  const banner = document.querySelector(BANNER);
  if (banner) banner.textContent = sentence;
}

/** fetch rejects with a TypeError when there is no answer at all, and so does reading one that breaks off. */
function isNetworkError({ detail }: CustomEvent<{ ctx?: { text?: string }; error?: unknown }>): boolean {
  return detail.error instanceof TypeError && detail.ctx?.text === undefined;
}
