/// <reference lib="dom" />
/** Draws digits again on the pad, as a hand on a mouse would, and sends the same strokes to the server directly. */
import type { Page } from 'playwright-core';
import type { PenDigit } from '../../src/datasets/pen-digits.ts';
import type { Drawing, Point } from '../../src/images/drawing.ts';

/** Side of the box the pen digits are drawn in; of it this share of the pad is used. */
const BOX = 500;
const SHARE = 0.9;

export interface Replayed extends PenDigit {
  /** What the page said. */
  readonly onPage: string;
  /** What the server said of the same strokes. */
  readonly byScript: string;
}

/** @param page with a pad, nothing drawn on it */
export async function replayDrawings(page: Page, digits: readonly PenDigit[]): Promise<Replayed[]> {
  const pad = await page.locator('#writing').boundingBox();
  if (!pad) throw new Error('there is no pad');
  const margin = (1 - SHARE) / 2;
  const place = ([x, y]: Point): Point => [
    pad.x + pad.width * (margin + (SHARE * x) / BOX),
    pad.y + pad.height * (margin + (SHARE * y) / BOX),
  ];
  const replayed: Replayed[] = [];
  for (const digit of digits) {
    await page.locator('[data-clear]').click();
    const onPage = await draw(
      page,
      digit.strokes.map((stroke) => stroke.map(place)),
    );
    replayed.push({ ...digit, onPage, byScript: await send(page.url(), digit.strokes) });
  }
  return replayed;
}

/** @param strokes in pixels of the window */
async function draw(page: Page, strokes: Drawing): Promise<string> {
  for (const stroke of strokes.slice(0, -1)) await drawStroke(page, stroke);
  const answered = page.waitForResponse((response) => {
    const sent = response.request().postData() ?? '';
    const drawn = new URLSearchParams(sent).get('strokes');
    return drawn !== null && JSON.parse(drawn).length === strokes.length;
  });
  await drawStroke(page, strokes[strokes.length - 1]);
  const fragment = await (await answered).text();
  const text = /id="predictresult"[^>]*>([^<]*)</.exec(fragment)?.[1];
  if (text === undefined) throw new Error(`no answer in ${fragment}`);
  await page.locator('#predictresult').filter({ hasText: text }).waitFor();
  return (await page.locator('#predictresult').textContent()) ?? '';
}

/** Faster than frames follow each other, so that the pad must collect what the mouse did in between. */
async function drawStroke(page: Page, [first, ...rest]: readonly Point[]): Promise<void> {
  await page.mouse.move(...first);
  await page.mouse.down();
  await Promise.all(rest.map((point) => page.mouse.move(...point)));
  await page.mouse.up();
}

async function send(url: string, strokes: Drawing): Promise<string> {
  const headers = { 'content-type': 'application/json', accept: 'text/plain' };
  const body = JSON.stringify({ strokes });
  const answer = await fetch(new URL('/recognize', url), { method: 'POST', headers, body });
  return answer.text();
}
