import { islands } from './islands.ts';
import { say } from './say.ts';

/** Milliseconds for which a button shows that it copied. */
const SAID_MS = 2_000;

/** Buttons that copy the text of the field they name. */
export const mountCopyButtons = islands('[data-copy]', (button) => {
  button.addEventListener('click', async () => {
    const field = document.getElementById(button.dataset.copy as string) as HTMLInputElement;
    field.select();
    button.textContent = say((await copy(field.value)) ? 'browser.copied' : 'browser.pressCopy');
    setTimeout(() => {
      button.textContent = say('browser.copy');
    }, SAID_MS);
  });
});

/** Over plain HTTP from another machine browsers give scripts no clipboard: the selection is copied the old way. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}
