import type { Chart, ChartConfiguration } from 'chart.js';
import { say } from './say.ts';

/** A gap in a curve is null. */
export type LineChart = Chart<'line', (number | null)[], number>;

export type ChartLibrary = new (
  canvas: HTMLCanvasElement,
  configuration: ChartConfiguration<'line', (number | null)[], number>,
) => LineChart;

declare global {
  interface Window {
    Chart?: ChartLibrary;
  }
}

/** 210 kB, loaded only by pages with epochs. */
let loading: Promise<ChartLibrary> | undefined;

export function loadChart(address: string): Promise<ChartLibrary> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = address;
    script.addEventListener('load', () => resolve(window.Chart as ChartLibrary));
    script.addEventListener('error', () => {
      loading = undefined;
      script.remove();
      reject(new Error(say('browser.noChart')));
    });
    document.head.append(script);
  });
  return loading;
}

/** A colour of the page, by its name in the style sheet. */
export function pageColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
