/** Calls `mount` once for each matching element, even when called again after a swap. */
export function islands(selector: string, mount: (element: HTMLElement) => void): () => void {
  const mounted = new WeakSet<Element>();
  return () => {
    for (const element of document.querySelectorAll<HTMLElement>(selector)) {
      if (mounted.has(element)) continue;
      mounted.add(element);
      mount(element);
    }
  };
}
