import type { Point } from '../images/drawing.ts';
import type { Pad } from './pad.ts';
import { PAD_SIDE } from './pad.ts';
import { padBox } from './pad-paint.ts';

/** A touch this soon after the pen is the hand that holds it. */
const PALM_MS = 1000;

/** The bit of `buttons` for the left button, the pen's tip or a finger. */
const CONTACT = 1;

/**
 * Mouse, pen and finger. One pointer draws; a second finger or a palm does not. A pointer that disappears without an event,
 * because a dialog, another window or the system took it, counts as lifted: its stroke stays.
 */
export function listenToPointers(pad: Pad): void {
  const { canvas } = pad;
  let active: PointerEvent | null = null;
  let penSeen = Number.NEGATIVE_INFINITY;

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || isPalm(event)) return;
    if (active) {
      // The first finger still draws; a new primary pointer shows that earlier ones are gone.
      if (!event.isPrimary) return;
      if (event.pointerType === 'pen' && active.pointerType === 'touch') forget();
      else lift();
    }
    active = event;
    capture(canvas, event);
    pad.showPen(null);
    const [point] = toPoints(canvas, [event]);
    pad.begin(point);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'pen') penSeen = event.timeStamp;
    if (event.pointerId !== active?.pointerId) return;
    if (event.buttons & CONTACT) pad.extend(toPoints(canvas, inBetween(event)));
    else lift();
  });
  canvas.addEventListener('pointerup', (event) => {
    if (event.pointerId === active?.pointerId) lift();
  });
  canvas.addEventListener('lostpointercapture', (event) => {
    if (event.pointerId !== active?.pointerId) return;
    // Browsers can release the capture while the pointer is down: it keeps drawing.
    if (!(event.buttons & CONTACT && capture(canvas, event))) lift();
  });
  canvas.addEventListener('pointercancel', (event) => {
    if (event.pointerId !== active?.pointerId) return;
    if (isPalm(event)) forget();
    else lift();
  });
  addEventListener('blur', lift);

  function lift(): void {
    if (!active) return;
    active = null;
    pad.end();
  }

  function forget(): void {
    active = null;
    pad.cancel();
  }

  function isPalm({ pointerType, timeStamp }: PointerEvent): boolean {
    if (pointerType === 'pen') penSeen = timeStamp;
    return pointerType === 'touch' && timeStamp - penSeen < PALM_MS;
  }
}

/** Lets a stroke leave the pad. False for a pointer that is already gone and cannot be captured. */
function capture(canvas: HTMLCanvasElement, { pointerId }: PointerEvent): boolean {
  try {
    canvas.setPointerCapture(pointerId);
    return true;
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
    return false;
  }
}

/** All points measured since the last frame; browsers provide them only on secure origins. */
function inBetween(event: PointerEvent): readonly PointerEvent[] {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}

/** Where on the canvas. */
function toPoints(canvas: HTMLCanvasElement, events: readonly PointerEvent[]): Point[] {
  const { left, top, width, height } = padBox(canvas);
  return events.map(({ clientX, clientY }) => [
    ((clientX - left) / width) * PAD_SIDE,
    ((clientY - top) / height) * PAD_SIDE,
  ]);
}
