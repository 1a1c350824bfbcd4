import type { ChartDataset, ChartOptions, LegendItem } from 'chart.js';
import { type ChartLibrary, type LineChart, loadChart, pageColour } from './chart-library.ts';
import { epochAxis, type PanelLook, tooltipLabel, twoPanels } from './chart-look.ts';
import { islands } from './islands.ts';
import { say } from './say.ts';

/** In addition to colour and dash, for curves of few epochs. */
const MARKS = ['circle', 'triangle', 'rect', 'rectRot', 'cross', 'star', 'crossRot', 'circle'] as const;
/** More epochs than this leave no room for marks. */
const MARKED_EPOCHS = 40;

interface Curve {
  /** "Run 5" */
  readonly name: string;
  readonly metric: 'val_accuracy' | 'val_loss';
  /** After each epoch; null when the run has none. */
  readonly values: readonly (number | null)[];
  readonly colour: string;
  /** Lengths of dash and gap in turn; empty for a full line. */
  readonly dash: readonly number[];
  /** From 0, of its run. */
  readonly index: number;
}

/** Draws the epochs of several runs in one chart. Each curve looks like its line in the table's head. */
export const mountComparisonCharts = islands('[data-comparison]', (comparison) => {
  for (const details of comparison.querySelectorAll('details')) details.removeAttribute('open');
  draw(comparison);
});

async function draw(comparison: HTMLElement): Promise<void> {
  const canvas = comparison.querySelector('canvas') as HTMLCanvasElement;
  const Library: ChartLibrary = await loadChart(comparison.dataset.chartScript as string);
  const chart: LineChart = new Library(canvas, { type: 'line', data: { labels: [], datasets: [] } });
  const update = () => {
    const curves = [...comparison.querySelectorAll('table')].flatMap(readCurves);
    const epochs = curves[0].values.length;
    chart.data = {
      labels: Array.from({ length: epochs }, (_, i) => i + 1),
      datasets: curves.map((curve) => series(curve, epochs)),
    };
    chart.options = options(readLook(comparison));
    chart.update('none');
  };
  update();
  comparison.addEventListener('change', update);
  document.addEventListener('htmx:after:swap', update);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', update);
}

function readCurves(table: HTMLTableElement): Curve[] {
  const rows = [...table.querySelectorAll('tbody tr')];
  return [...table.querySelectorAll('thead th')].slice(1).map((head, index) => {
    const style = getComputedStyle(head.querySelector('.swatch') as Element);
    return {
      name: (head.textContent as string).trim(),
      metric: table.dataset.metric as Curve['metric'],
      values: rows.map((row) => {
        const cell = row.children[index + 1].querySelector('data');
        return cell && Number(cell.value);
      }),
      colour: style.color,
      dash: (style.strokeDasharray.match(/[\d.]+/g) ?? []).map(Number),
      index,
    };
  });
}

function series({ name, metric, values, colour, dash, index }: Curve, epochs: number) {
  return {
    label: `${name} ${metric}`,
    data: [...values],
    yAxisID: metric === 'val_loss' ? 'loss' : 'accuracy',
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2,
    borderDash: [...dash],
    pointStyle: MARKS[index],
    pointRadius: epochs > MARKED_EPOCHS ? 0 : 3,
    pointHoverRadius: 6,
  } satisfies ChartDataset<'line', (number | null)[]>;
}

function options(look: PanelLook): ChartOptions<'line'> {
  return {
    maintainAspectRatio: false,
    animation: false,
    interaction: { mode: 'index', intersect: false },
    scales: { x: epochAxis(look), ...twoPanels(look) },
    plugins: {
      legend: {
        position: 'bottom',
        labels: { usePointStyle: true, pointStyleWidth: 36, padding: 12, generateLabels: runLabels },
        onClick: (_, item, { chart }) => toggleRun(chart as unknown as LineChart, item),
      },
      tooltip: {
        callbacks: { title: ([item]) => say('browser.epoch', { epoch: item.label }), label: tooltipLabel },
      },
    },
  };
}

/** One entry per run, though each has two curves: the first half of the curves are accuracies. */
function runLabels(chart: { readonly data: { readonly datasets: readonly object[] } }): LegendItem[] {
  const datasets = chart.data.datasets as ChartDataset<'line', (number | null)[]>[];
  return datasets.slice(0, datasets.length / 2).map((dataset, datasetIndex) => ({
    text: (dataset.label as string).replace(' val_accuracy', ''),
    datasetIndex,
    strokeStyle: dataset.borderColor as string,
    fontColor: pageColour('soft'),
    lineWidth: 2,
    pointStyle: 'line',
    lineDash: dataset.borderDash as number[],
    hidden: !(chart as unknown as LineChart).isDatasetVisible(datasetIndex),
  }));
}

function toggleRun(chart: LineChart, { datasetIndex }: LegendItem): void {
  const first = datasetIndex as number;
  const isVisible = chart.isDatasetVisible(first);
  for (const index of [first, first + chart.data.datasets.length / 2]) {
    chart.setDatasetVisibility(index, !isVisible);
  }
  chart.update();
}

function readLook(comparison: HTMLElement): PanelLook {
  const soft = pageColour('soft');
  return {
    logLoss: comparison.querySelector<HTMLInputElement>('[data-log-loss]')?.checked ?? false,
    narrow: comparison.clientWidth < 360,
    prefix: 'val_',
    accuracy: soft,
    loss: soft,
    soft,
    line: pageColour('line'),
  };
}
