import { address, isServerAway, reach, SERVER_BACK } from './connection.ts';

/** How often a page asks whether anything has changed. */
const ASK_EVERY_MS = 3000;
/** A viewer who pressed, typed or scrolled this recently is not disturbed. */
const CALM_AFTER_MS = 2000;
/** Elements that are swapped when they have changed; each has an id. */
const FOLLOWS = '[data-follow]';
/** Unfinished runs poll themselves. */
const POLLED = '[hx-trigger^="every"]';

/**
 * Keeps the page up to date with what happens elsewhere: others' runs, those of another tab, and changes while the browser
 * kept the page in its history. It does not disturb focus, scroll position, ticks or typing.
 */
export function mountFollowing(): void {
  if (document.querySelector(FOLLOWS) === null) return;
  for (const event of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove', 'input']) {
    addEventListener(event, noteUse, { capture: true, passive: true });
  }
  // Also for a page restored from the browser's history, however old.
  addEventListener('pageshow', look);
  document.addEventListener('visibilitychange', look);
  document.addEventListener(SERVER_BACK, look);
}

let timer: ReturnType<typeof setTimeout> | undefined;
let looking = false;
let lastUse = Number.NEGATIVE_INFINITY;

function noteUse({ type, target }: Event): void {
  // A pointer that hovers elsewhere does not count.
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

/** Is the viewer busy with what would be swapped? */
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

/** Would a tick or text be lost because its row is no longer listed? */
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
