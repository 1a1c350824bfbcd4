/** While developing: reloads the page when the server says so, and when it is back after a restart. */
export function mountDevReload(): void {
  const address = document.body.dataset.reload;
  if (!address) return;
  const events = new EventSource(address);
  let wasOpen = false;
  events.addEventListener('open', () => {
    if (wasOpen) location.reload();
    wasOpen = true;
  });
  events.addEventListener('message', ({ data }) => {
    if (data === 'reload') location.reload();
  });
}
