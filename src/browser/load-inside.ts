import { islands } from './islands.ts';

let loading = false;

/** The script of the diagram is loaded once there is one: it comes into the page when it is scrolled into view. */
export const loadInside = islands('[data-inside]', ({ dataset }) => {
  if (loading) return;
  loading = true;
  const script = document.createElement('script');
  script.src = dataset.script as string;
  document.head.append(script);
});
