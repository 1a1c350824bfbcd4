import type { Point } from '../recognition/drawing.ts';
import type { Pad } from './digit-pad.ts';
import { PAD_SIDE } from './paint-pad.ts';

/** A touch so soon after the pen was seen is the hand that holds it. */
const PALM_MS = 1000;

/** Mouse, pen and finger. One pointer draws; a second finger or a palm does not. */
export function listenToPointers(pad: Pad): void {
  const { canvas } = pad;
  let active: PointerEvent | null = null;
  let penSeen = Number.NEGATIVE_INFINITY;

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || isPalm(event)) return;
    if (active) {
      const penAfterPalm = event.pointerType === 'pen' && active.pointerType === 'touch';
      if (!penAfterPalm) return;
      pad.cancel();
    }
    active = event;
    canvas.setPointerCapture(event.pointerId);
    pad.showPen(null);
    pad.begin(toPoint(canvas, event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'pen') penSeen = event.timeStamp;
    if (event.pointerId !== active?.pointerId) return;
    pad.extend(inBetween(event).map((each) => toPoint(canvas, each)));
  });
  canvas.addEventListener('pointerup', (event) => {
    if (event.pointerId !== active?.pointerId) return;
    active = null;
    pad.end();
  });
  canvas.addEventListener('pointercancel', (event) => {
    if (event.pointerId !== active?.pointerId) return;
    active = null;
    pad.cancel();
  });

  function isPalm({ pointerType, timeStamp }: PointerEvent): boolean {
    if (pointerType === 'pen') penSeen = timeStamp;
    return pointerType === 'touch' && timeStamp - penSeen < PALM_MS;
  }
}

/** All that the device measured since the last frame; browsers tell only on secure origins. */
function inBetween(event: PointerEvent): readonly PointerEvent[] {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}

/** Where a pointer is on the canvas, inside its border. */
function toPoint(canvas: HTMLCanvasElement, { clientX, clientY }: PointerEvent): Point {
  const box = canvas.getBoundingClientRect();
  return [
    ((clientX - box.left - canvas.clientLeft) / canvas.clientWidth) * PAD_SIDE,
    ((clientY - box.top - canvas.clientTop) / canvas.clientHeight) * PAD_SIDE,
  ];
}
