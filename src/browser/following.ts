import { address, isServerAway, reach, SERVER_BACK } from './connection.ts';

/** How often a page asks whether anything has changed. */
const ASK_EVERY_MS = 3000;
/** Somebody who has pressed, typed or scrolled so lately is not disturbed. */
const CALM_AFTER_MS = 2000;
/** What is swapped when it has changed; each has an id. */
const FOLLOWS = '[data-follow]';
/** What is under way is polled for itself. */
const POLLED = '[hx-trigger^="every"]';

/**
 * Lets the page follow what happens elsewhere: runs of others, those of another tab, and what happened while the browser
 * kept the page in its history. Nobody's focus, scroll position, ticks or typing are disturbed by it.
 */
export function mountFollowing(): void {
  if (document.querySelector(FOLLOWS) === null) return;
  for (const event of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove', 'input']) {
    addEventListener(event, noteUse, { capture: true, passive: true });
  }
  // Also of a page that comes out of the browser's history, as old as it may be.
  addEventListener('pageshow', look);
  document.addEventListener('visibilitychange', look);
  document.addEventListener(SERVER_BACK, look);
}

let timer: ReturnType<typeof setTimeout> | undefined;
let looking = false;
let lastUse = Number.NEGATIVE_INFINITY;

function noteUse({ type, target }: Event): void {
  // A pointer that hovers elsewhere disturbs nobody.
  if (type === 'pointermove' && !(target as Element).closest?.(FOLLOWS)) return;
  lastUse = performance.now();
}

async function look(): Promise<void> {
  if (looking) return;
  looking = true;
  clearTimeout(timer);
  const isIdle = !document.hidden && !isServerAway() && document.querySelector(POLLED) === null;
  try {
    if (isIdle) await follow();
  } finally {
    looking = false;
    timer = setTimeout(look, ASK_EVERY_MS);
  }
}

async function follow(): Promise<void> {
  const { revision = '' } = document.body.dataset;
  const answer = await reach(address('/revision'), {
    cache: 'no-store',
    headers: { 'if-none-match': `"${revision}"` },
  });
  // 304: nothing has happened.
  if (answer?.status !== 200 || isInUse()) return;
  const page = await reach(location.pathname + location.search, { headers: { accept: 'text/html' } });
  if (page?.status !== 200 || isInUse()) return;
  const fresh = new DOMParser().parseFromString(page.text, 'text/html');
  const regions = [...document.querySelectorAll(FOLLOWS)].flatMap((old): [Element, Element][] => {
    const now = fresh.getElementById(old.id);
    return now === null ? [] : [[old, now]];
  });
  if (regions.some(([old, now]) => losesInput(old, now))) return;
  for (const [target, now] of regions) {
    await window.htmx.swap({ text: now.outerHTML, target, swap: 'outerMorph', sourceElement: target });
  }
  document.body.dataset.revision = fresh.body.dataset.revision;
}

/** Is somebody busy with what would be swapped? */
function isInUse(): boolean {
  if (performance.now() - lastUse < CALM_AFTER_MS) return true;
  const isTyping = document.activeElement?.matches(
    `:is(${FOLLOWS}) :is(input:not([type=checkbox]), select, textarea)`,
  );
  const selection = getSelection();
  const isSelecting =
    selection?.isCollapsed === false && selection.anchorNode?.parentElement?.closest(FOLLOWS);
  return Boolean(isTyping || isSelecting);
}

/** Would a tick or a text be gone, because what it belongs to is no longer listed? */
function losesInput(old: Element, now: Element): boolean {
  const given = [...old.querySelectorAll<HTMLInputElement>('input[name]:not([type=hidden])')].filter(
    ({ type, checked, defaultChecked, value, defaultValue }) =>
      type === 'checkbox' ? checked !== defaultChecked : value !== defaultValue,
  );
  return given.some(
    ({ name, defaultValue }) =>
      now.querySelector(`[name="${CSS.escape(name)}"][value="${CSS.escape(defaultValue)}"]`) === null,
  );
}
