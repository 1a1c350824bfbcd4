/** Nobody who uses the keyboard is thrown back to the top of the page by a swap. */
export function keepFocus(): void {
  let hadFocus: Element | null = null;
  document.addEventListener('htmx:before:swap', () => {
    hadFocus = document.activeElement;
  });
  document.addEventListener('htmx:after:swap', () => {
    const wrong = document.querySelector<HTMLElement>('#trainform [aria-invalid]:not([data-focused])');
    if (wrong) focusWrongField(wrong);
    else if (hadFocus && !hadFocus.isConnected)
      document.querySelector<HTMLElement>('#progressdisplay h2')?.focus();
    hadFocus = null;
  });
}

/** Once: later swaps elsewhere must not pull the focus back. */
function focusWrongField(field: HTMLElement): void {
  field.focus();
  for (const other of document.querySelectorAll<HTMLElement>('#trainform [aria-invalid]'))
    other.dataset.focused = '';
}
