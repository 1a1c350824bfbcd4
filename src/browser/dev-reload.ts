/** In development: reloads the page when a file has changed or the server has restarted. */
export function mountDevReload(): void {
  const address = document.body.dataset.reload;
  if (!address) return;
  const events = new EventSource(address);
  let server: string | undefined;
  events.addEventListener('boot', ({ data }) => {
    if (server !== undefined && server !== data) location.reload();
    server = data;
  });
  events.addEventListener('reload', () => location.reload());
}
