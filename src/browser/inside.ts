/** Entry of the diagram's own bundle: draws what the network computed for the latest drawing, and answers questions. */
import { type Diagram, mountDiagram } from './inside-diagram.ts';
import { islands } from './islands.ts';

let diagram: Diagram | null = null;

const mount = islands('[data-inside]', (root) => {
  diagram = mountDiagram(root);
});

/** In the turn in which the answer is swapped in: both are painted in the same frame. */
function update(): void {
  mount();
  const looked = document.querySelector<HTMLElement>('[data-looked]');
  if (looked === null || diagram === null) return;
  diagram.take(looked);
  looked.remove();
}

update();
document.addEventListener('htmx:after:swap', update);
