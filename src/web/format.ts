/** How templates write numbers, times and settings: `it.format`. */

import type { Translate } from '../catalogue/catalogue.ts';
import { imageDataUrl } from '../images/image-data-url.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
import { pText } from '../statistics/verdict.ts';
import type { Interval } from '../statistics/wilson.ts';
import { SETTING_ROWS, type SettingName, type Settings } from '../training/settings.ts';

export { imageDataUrl, pText };

/** All paper: what the pad shows before the first answer. */
export const BLANK_IMAGE_URL = imageDataUrl(new Uint8Array(IMAGE_SIZE));

const NO_BREAK_SPACE = '\u00a0';

/** 0.98941 → "98.94 %"; an unknown share is a dash. */
export function percent(share: number | null, decimals = 2): string {
  return share === null ? '–' : `${(share * 100).toFixed(decimals)}${NO_BREAK_SPACE}%`;
}

/** The shares between which something lies → "98.70–99.10 %" */
export function interval({ low, high }: Interval): string {
  return `${(low * 100).toFixed(2)}–${percent(high)}`;
}

/** 0.021345 → "0.0213", 1234.5 → "1235"; numbers that are not finite stay readable. */
export function loss(value: number | null): string {
  if (value === null) return '–';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : 'infinite';
  return Math.abs(value) < 10 ? value.toFixed(4) : value.toPrecision(4);
}

const INTEGER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 36412.7 → "36,413" */
export function integer(value: number): string {
  const whole = Math.round(value);
  // Most are: a tenth of the time.
  return Math.abs(whole) < 1000 ? `${whole}` : INTEGER.format(whole);
}

/** 1.62 → "1.6 s", 149 → "2 min 29 s", 3780 → "1 h 3 min" */
export function duration(seconds: number): string {
  if (seconds < 9.95) return unit(seconds.toFixed(1), 's');
  const whole = Math.round(seconds);
  if (whole < 60) return unit(whole, 's');
  if (whole < 3600) return `${unit(Math.floor(whole / 60), 'min')} ${unit(whole % 60, 's')}`;
  const minutes = Math.round(whole / 60);
  return `${unit(Math.floor(minutes / 60), 'h')} ${unit(minutes % 60, 'min')}`;
}

/** 20 → "less than a minute", 170 → "about 3 min", 4300 → "about 1 h 12 min" */
export function roughly(t: Translate, seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return t('format.lessThanMinute');
  if (minutes < 60) return t('format.about', { time: unit(minutes, 'min') });
  return t('format.about', { time: `${unit(Math.floor(minutes / 60), 'h')} ${unit(minutes % 60, 'min')}` });
}

/** 4_512_768 → "4.5 MB", 120_400_000 → "120 MB" */
export function megabytes(bytes: number): string {
  const millions = bytes / 1e6;
  return unit(millions < 10 ? millions.toFixed(1) : integer(millions), 'MB');
}

function unit(value: number | string, name: string): string {
  return `${value}${NO_BREAK_SPACE}${name}`;
}

/** "2026-11-22T20:05:27.123Z" → "2026-11-22 20:05 UTC" */
export function time(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** Shown for every run; other settings only if they differ from the defaults. */
const NAMED: readonly SettingName[] = ['activation', 'optimizer', 'learningrate', 'batchsize', 'seed'];

/** "relu, adam 0.001, batch 32, seed 1", and anything else that differs from the defaults. */
export function settingsLine(settings: Settings): string {
  const { activation, optimizer, learningrate, batchsize, seed } = settings;
  const others = SETTING_ROWS.filter(
    ({ name, row }) => !NAMED.includes(name) && !row.unlisted && settings[name] !== row.default,
  ).map(({ name }) =>
    name === 'timebudget' ? `at most ${duration(settings.timebudget)}` : `${name} ${settings[name]}`,
  );
  return [activation, `${optimizer} ${learningrate}`, `batch ${batchsize}`, `seed ${seed}`, ...others].join(
    ', ',
  );
}

/** The address of the workbench with the form filled in like this. */
export function settingsUrl(settings: Settings): string {
  const fields = Object.entries(settings).map(([name, value]): [string, string] => [name, String(value)]);
  return `/?${new URLSearchParams(fields)}`;
}

/** An image as the tutorial prints it: "[[0,0,…],…]", a row a line. */
export function matrix(image: readonly number[]): string {
  const rows: string[] = [];
  for (let start = 0; start < image.length; start += IMAGE_SIDE) {
    rows.push(`[${image.slice(start, start + IMAGE_SIDE).join(',')}]`);
  }
  return `[${rows.join(',\n')}]`;
}
