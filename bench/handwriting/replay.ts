/**
 * `node bench/handwriting/replay.ts [--count 1499]`: draws pen digits again, stroke by stroke, with the mouse on the pad
 * of a real page, and counts how many are answered as the same strokes are when a script sends them.
 */
import { parseArgs } from 'node:util';
import { buildApp } from '../../src/app.ts';
import { PEN_DIGITS, readPenDigits } from '../../src/datasets/pen-digits.ts';
import { launchChromium, listen, open } from '../../test/browser/browser.ts';
import { replayDrawings } from '../../test/browser/replay-drawings.ts';
import { TEST_CONFIG } from '../../test/help/helper.ts';

const { values } = parseArgs({ options: { count: { type: 'string', default: String(PEN_DIGITS) } } });
const count = Math.min(PEN_DIGITS, Number(values.count));
// Spread over all writers.
const all = readPenDigits();
const digits = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);

const app = await buildApp(TEST_CONFIG);
const browser = await launchChromium();
try {
  const { page, problems } = await open(browser, await listen(app));
  const replayed = await replayDrawings(page, digits);
  const alike = replayed.filter(({ onPage, byScript }) => onPage === byScript);
  const share = ((100 * alike.length) / replayed.length).toFixed(2);
  console.log(
    `${alike.length} of ${replayed.length} drawings (${share} %) are read on the page as by script`,
  );
  for (const { label, onPage, byScript } of replayed) {
    if (onPage !== byScript) console.log(`  a ${label}: on the page "${onPage}", by script "${byScript}"`);
  }
  const right = replayed.filter(({ label, onPage }) => onPage === `Digit ${label}`).length;
  console.log(`${right} of them as the digit that was meant, and surely`);
  for (const problem of problems) console.log(`the page says: ${problem}`);
} finally {
  await browser.close();
  await app.close();
}
