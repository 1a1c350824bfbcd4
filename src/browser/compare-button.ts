/** More curves than this cannot be told apart. */
import { say } from './say.ts';

const MOST_RUNS = 8;

/** Enables the compare button while two to eight runs are ticked; the text beside it says what is missing. */
export function mountCompareButton(): void {
  updateCompareButton();
  document.addEventListener('change', updateCompareButton);
  // Going back in the browser restores the ticks.
  addEventListener('pageshow', updateCompareButton);
}

/** Also after the list was swapped. */
export function updateCompareButton(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-compare]');
  if (!form) return;
  const ticked = form.querySelectorAll('[name=run]:checked').length;
  (form.querySelector('button') as HTMLButtonElement).disabled = ticked < 2 || ticked > MOST_RUNS;
  const hint = form.querySelector('[data-compare-hint]') as HTMLElement;
  const text = hintFor(ticked);
  if (hint.textContent !== text) hint.textContent = text;
}

function hintFor(ticked: number): string {
  if (ticked === 0) return say('browser.tickRuns');
  if (ticked === 1) return say('browser.tickAnother');
  return say(ticked > MOST_RUNS ? 'browser.tickedTooMany' : 'browser.ticked', { count: ticked });
}
