/** Keeps keyboard users from being thrown back to the top of the page by a swap. */
export function keepFocus(): void {
  let hadFocus: Element | null = null;
  let refuge = '';
  document.addEventListener('htmx:before:swap', () => {
    hadFocus = document.activeElement;
    // A correction and its Undo replace each other.
    refuge = hadFocus?.closest('.wrong') ? '.wrong button' : '#progressdisplay h2';
  });
  document.addEventListener('htmx:after:swap', () => {
    const wrong = document.querySelector<HTMLElement>('#trainform [aria-invalid]:not([data-focused])');
    if (wrong) focusWrongField(wrong);
    else if (hadFocus && !hadFocus.isConnected) document.querySelector<HTMLElement>(refuge)?.focus();
    hadFocus = null;
  });
}

/** Once: later swaps elsewhere must not pull the focus back. */
function focusWrongField(field: HTMLElement): void {
  field.focus();
  for (const other of document.querySelectorAll<HTMLElement>('#trainform [aria-invalid]'))
    other.dataset.focused = '';
}
