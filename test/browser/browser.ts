/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** A real Chromium for tests: what a page does wrong is collected, and judged by the test. */
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import chromium from '@sparticuz/chromium';
import type { FastifyInstance } from 'fastify';
import {
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
  chromium as playwright,
} from 'playwright-core';
import type { Test } from 'tap';

/** Chromium, closed when the test ends. */
export async function launch(t: Test): Promise<Browser> {
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  return browser;
}

/** The caller closes it. Not with the package's own arguments: they switch web security off. */
export async function launchChromium(): Promise<Browser> {
  return playwright.launch({
    executablePath: await unpack(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** The address of the app on any free port, or on the one named. */
export function listen(app: FastifyInstance, port = 0): Promise<string> {
  return app.listen({ host: '127.0.0.1', port });
}

export interface OpenOptions extends BrowserContextOptions {
  /** Console errors that belong to what the test does, such as Chromium's own line for a 422. */
  readonly expected?: RegExp;
}

export interface OpenedPage {
  readonly page: Page;
  /** Console errors and warnings (a violated Content-Security-Policy is one), script errors, broken requests. */
  readonly problems: readonly string[];
}

export async function open(
  browser: Browser,
  url: string,
  { expected, ...options }: OpenOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const report = (problem: string) => {
    if (!expected?.test(problem)) problems.push(problem);
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) report(message.text());
  });
  page.on('pageerror', (error) => report(String(error.stack ?? error)));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:') && new URL(request.url()).origin !== new URL(url).origin) {
      report(`${request.url()} is on another host`);
    }
  });
  await page.goto(url);
  return { page, problems };
}

/** What axe finds serious or critical, a line each. */
export function seriousFaults(page: Page): Promise<string[]> {
  return faults(new AxeBuilder({ page }));
}

/** The one kind of fault that depends on the colours. */
export function lowContrast(page: Page): Promise<string[]> {
  return faults(new AxeBuilder({ page }).withRules('color-contrast'));
}

async function faults(axe: AxeBuilder): Promise<string[]> {
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 120)}`));
}

/** How far the page reaches beyond the right edge of the window, in CSS pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Two test files that start at once must not both unpack: the package hands out what the other still writes. */
async function unpack(): Promise<string> {
  const lock = path.join(tmpdir(), 'chromium-is-being-unpacked');
  while (!take(lock)) await new Promise((resolve) => setTimeout(resolve, 50));
  try {
    return await chromium.executablePath();
  } finally {
    rmdirSync(lock);
  }
}

/** A lock that somebody left behind a minute ago is nobody's. */
const STALE_MS = 60_000;

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const taken = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (taken > 0 && Date.now() - taken > STALE_MS) rmdirSync(lock);
    return false;
  }
}

/**
 * How many of the canvas's pixels are painted, and not white. They are read from a copy: Chromium warns of a canvas
 * that is read twice, and a test that waits for a drawing reads many times.
 */
export function inkOf(canvas: Locator): Promise<number> {
  return canvas.evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const copy = Object.assign(document.createElement('canvas'), { width, height });
    const context = copy.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let ink = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 1] < 255 && data[i + 3] > 0) ink++;
    return ink;
  });
}
