import { drawingToImage, isSlip, type Point } from '../images/drawing.ts';
import { imageDataUrl } from '../images/image-data-url.ts';
import { isServerAway, SERVER_BACK, statusOf } from './connection.ts';
import { islands } from './islands.ts';
import { type LearningRun, learningRun, onLearning } from './learning-run.ts';
import type { Pad, Pen } from './pad.ts';
import { PAD_SIDE } from './pad.ts';
import { listenToKeys } from './pad-keys.ts';
import { paintMore, paintPad } from './pad-paint.ts';
import { listenToPointers } from './pad-pointers.ts';
import { extendStroke, roundPoint, thinStrokes } from './pad-strokes.ts';
import { say } from './say.ts';

/** The pad clears itself this long after the last stroke; the answer stays. */
const CLEAR_AFTER_MS = 5000;
/** A canvas to draw a digit on; each pen-up posts the 28×28 image that the network is to see. */
export const mountDigitPads = islands('[data-digit-pad]', (root) => {
  const canvas = root.querySelector('canvas') as HTMLCanvasElement;
  const form = canvas.closest('form') as HTMLFormElement;
  const field = form.elements.namedItem('matrix') as HTMLInputElement;
  const drawn = root.querySelector('#drawn') as HTMLInputElement;
  const reader = form.elements.namedItem('run') as HTMLInputElement;
  const answer = document.querySelector('#prediction') as HTMLElement;
  const problem = root.querySelector('#pictureproblem') as HTMLElement;
  const noAnswer = answer.innerHTML;
  let strokes: Point[][] = [];
  let pen: Pen | null = null;
  let drawing = false;
  let frame = 0;
  /** Points of the current stroke that are on the canvas; null when everything has to be repainted. */
  let painted: number | null = null;
  let clearing: ReturnType<typeof setTimeout> | undefined;
  let unanswered = false;
  /** It would have been cleared, but a run is learning to read it: the next stroke clears it. */
  let isOld = false;

  const pad: Pad = {
    canvas,
    begin(point) {
      clearTimeout(clearing);
      if (isOld) strokes = [];
      isOld = false;
      drawing = true;
      strokes.push([roundPoint(point)]);
      repaint();
    },
    extend(points) {
      if (!drawing) return;
      extendStroke(strokes[strokes.length - 1], points);
      const thinned = thinStrokes(strokes);
      if (thinned === strokes) paintLater();
      else {
        strokes = thinned;
        repaint();
      }
    },
    end() {
      if (!drawing) return;
      drawing = false;
      ask();
    },
    cancel() {
      if (!drawing) return;
      drawing = false;
      strokes.pop();
      afterRemoval();
    },
    undo() {
      if (drawing || strokes.length === 0) return;
      strokes.pop();
      afterRemoval();
    },
    clear() {
      drawing = false;
      strokes = [];
      afterRemoval();
    },
    showPen(shown) {
      pen = shown;
      if (!drawing && strokes.length > 0) clearLater();
      repaint();
    },
  };

  listenToPointers(pad);
  listenToKeys(pad);
  root.querySelector('[data-undo]')?.addEventListener('click', pad.undo);
  root.querySelector('[data-clear]')?.addEventListener('click', pad.clear);
  onLearning(readAgain);
  document.addEventListener('htmx:after:request', (event) => {
    // Another model was chosen to read with.
    const isChoice = (event.target as Element).closest('[data-readers]') !== null;
    if (isChoice && !drawing && strokes.length > 0) send();
  });
  form.addEventListener('htmx:after:request', () => {
    unanswered = false;
  });
  document.addEventListener(SERVER_BACK, () => {
    if (unanswered) send();
  });
  root.addEventListener('htmx:before:request', () => {
    problem.textContent = '';
  });
  root.addEventListener('htmx:after:request', (event) => {
    // A picture that was read replaces the drawing, also for corrections.
    if (event.target !== form && statusOf(event) === 200) forgetDrawing();
  });
  root.addEventListener('htmx:finally:request', (event) => {
    if (event.target === form) return;
    if (isServerAway()) problem.textContent = say('browser.notSent');
    // So that the same file can be chosen again.
    (event.target as HTMLFormElement).reset();
  });
  new ResizeObserver(repaint).observe(canvas);

  function afterRemoval(): void {
    repaint();
    if (strokes.length > 0) ask();
    else forgetAnswer();
  }

  function forgetAnswer(): void {
    forgetDrawing();
    answer.innerHTML = noAnswer;
  }

  function forgetDrawing(): void {
    clearTimeout(clearing);
    drawing = false;
    unanswered = false;
    strokes = [];
    drawn.value = '';
    form.dispatchEvent(new Event('htmx:abort'));
    repaint();
  }

  function ask(): void {
    clearLater();
    send();
  }

  function clearLater(): void {
    clearTimeout(clearing);
    clearing = setTimeout(() => {
      isOld = learningRun() !== null;
      if (isOld) return;
      strokes = [];
      repaint();
    }, CLEAR_AFTER_MS);
  }

  /** After each epoch of a run with its new weights; at its end with the model then in use. */
  function readAgain(): void {
    if (drawing || strokes.length === 0) return;
    const run = learningRun();
    if (run === null) clearLater();
    // Before its first epoch it has no weights.
    if (run?.epochs !== 0) send(run);
  }

  function send(run: LearningRun | null = null): void {
    reader.disabled = run === null;
    reader.value = run?.id ?? '';
    if (strokes.length > 0) {
      field.value = JSON.stringify([...drawingToImage(strokes)]);
      // A finger that slips while tapping has drawn only a dot.
      drawn.value = JSON.stringify(isSlip(strokes, PAD_SIDE) ? [strokes[0].slice(0, 1)] : strokes);
    }
    unanswered = true;
    form.dispatchEvent(new Event('drawn'));
  }

  function repaint(): void {
    painted = null;
    paintLater();
  }

  function paintLater(): void {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const stroke = strokes[strokes.length - 1] as Point[] | undefined;
      // The keyboard's pen is painted over the ink, so everything is repainted when it moves.
      if (stroke && painted !== null && pen === null) paintMore(canvas, stroke, painted);
      else paintPad(canvas, strokes, pen);
      painted = stroke?.length ?? null;
      if (stroke) showSeen();
    });
  }

  /** Shows what the network will see, before the request; the answer has the same picture. */
  function showSeen(): void {
    const seen = answer.querySelector<HTMLImageElement>('[data-seen]');
    if (seen) seen.src = imageDataUrl(drawingToImage(strokes));
  }
});
