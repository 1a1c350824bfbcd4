import { type ChartLibrary, type LineChart, loadChart, pageColour } from './chart-library.ts';
import type { EpochRow } from './chart-look.ts';
import { type ChartLook, chartOptions, EPOCH_METRICS, seriesOf } from './chart-look.ts';
import { islands } from './islands.ts';

const mountControls = islands('#historyfigure', (figure) =>
  figure.addEventListener('change', () => draw(false)),
);

const closeTable = islands('#historytable', (details) => {
  details.removeAttribute('open');
});

const followColourScheme = islands('html', () => {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw(false));
});

/** Draws the table of epochs as a chart, and extends it as the table grows. */
export function mountHistoryCharts(): void {
  mountControls();
  closeTable();
  followColourScheme();
  draw(true);
}

/** The table is the data: the chart is redrawn only when it has changed. */
async function draw(animated: boolean): Promise<void> {
  const history = document.querySelector<HTMLElement>('[data-history]');
  const canvas = history?.querySelector('canvas');
  if (!history || !canvas) return;
  const LineChart = await loadChart(history.dataset.chartScript as string);
  if (!canvas.isConnected) return;
  const { chart, content } = chartOn(canvas, LineChart);
  const epochs = readTable(history);
  const look = readLook(history, epochs.length);
  const newContent = JSON.stringify([history.dataset.history, epochs, look]);
  if (newContent === content) return;
  shown = { chart, content: newContent };
  chart.data.labels = epochs.map(({ epoch }) => epoch);
  for (const [i, series] of seriesOf(epochs, look).entries()) {
    if (chart.data.datasets[i]) Object.assign(chart.data.datasets[i], series);
    else chart.data.datasets.push(series);
  }
  chart.options = chartOptions(look);
  // A running animation would continue towards outdated values.
  if (!animated) chart.stop();
  chart.update(animated ? undefined : 'none');
}

interface Shown {
  readonly chart: LineChart;
  /** The data it was drawn from. */
  readonly content: string;
}

/** The chart lives as long as its canvas and only grows. */
let shown: Shown | null = null;

function chartOn(canvas: HTMLCanvasElement, LineChart: ChartLibrary): Shown {
  if (shown?.chart.canvas === canvas) return shown;
  shown?.chart.destroy();
  return { chart: new LineChart(canvas, { type: 'line', data: { labels: [], datasets: [] } }), content: '' };
}

function readTable(history: HTMLElement): EpochRow[] {
  return [...history.querySelectorAll('tbody tr')].map((row) => {
    const [epoch] = /\d+/.exec(row.querySelector('th')?.textContent ?? '') ?? [];
    const values = [...row.querySelectorAll('data')].map((cell) => Number(cell.value));
    const metrics = Object.fromEntries(EPOCH_METRICS.map((name, i) => [name, values[i]]));
    return { ...metrics, epoch: Number(epoch) } as EpochRow;
  });
}

function readLook(history: HTMLElement, epochs: number): ChartLook {
  const isChecked = (name: string) =>
    history.querySelector<HTMLInputElement>(`[data-${name}]`)?.checked ?? false;
  return {
    oneAxis: isChecked('one-axis'),
    logLoss: isChecked('log-loss'),
    bestEpoch: Number(history.dataset.bestEpoch) || null,
    inheritedEpochs: Number(history.dataset.inherited),
    manyEpochs: epochs > 40,
    narrow: history.clientWidth < 360,
    prefix: '',
    calm: matchMedia('(prefers-reduced-motion: reduce)').matches,
    accuracy: pageColour('accent'),
    loss: pageColour('loss'),
    ink: pageColour('ink'),
    soft: pageColour('soft'),
    line: pageColour('line'),
    card: pageColour('card'),
  };
}
