import type { Point } from '../images/drawing.ts';
import { IMAGE_SIDE } from '../network/lenet5.ts';
import type { Pad } from './pad.ts';
import { PAD_SIDE } from './pad.ts';

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Drawing by keyboard: a pen on a grid of 28×28, moved by arrows, put down and lifted by Space or Enter. */
export function listenToKeys(pad: Pad): void {
  const { canvas } = pad;
  let [column, row] = [IMAGE_SIDE / 2, IMAGE_SIDE / 2];
  let down = false;

  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!press(event.key)) return;
    event.preventDefault();
    pad.showPen({ at: at(), down });
  });
  canvas.addEventListener('focus', () => {
    if (canvas.matches(':focus-visible')) pad.showPen({ at: at(), down });
  });
  canvas.addEventListener('blur', () => {
    lift();
    pad.showPen(null);
  });
  canvas.addEventListener('pointerdown', lift, { capture: true });

  /** False when the key has no function here. */
  function press(key: string): boolean {
    if (key in ARROWS) move(ARROWS[key]);
    else if (key === ' ' || key === 'Enter') down ? lift() : put();
    else if (key === 'Backspace' || key === 'Delete') undo();
    else if (key === 'Escape') clear();
    else return false;
    return true;
  }

  function move([dx, dy]: Point): void {
    column = Math.min(IMAGE_SIDE - 1, Math.max(0, column + dx));
    row = Math.min(IMAGE_SIDE - 1, Math.max(0, row + dy));
    if (down) pad.extend([at()]);
  }

  function put(): void {
    down = true;
    pad.begin(at());
  }

  function lift(): void {
    if (!down) return;
    down = false;
    pad.end();
  }

  function undo(): void {
    if (down) pad.cancel();
    else pad.undo();
    down = false;
  }

  function clear(): void {
    down = false;
    pad.clear();
  }

  function at(): Point {
    return [((column + 0.5) / IMAGE_SIDE) * PAD_SIDE, ((row + 0.5) / IMAGE_SIDE) * PAD_SIDE];
  }
}
