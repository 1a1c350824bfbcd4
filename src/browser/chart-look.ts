import type { ChartDataset, ChartOptions, ScaleOptions, TooltipItem } from 'chart.js';
import { say } from './say.ts';
/** One row of the table. */
export type EpochRow = Readonly<Record<(typeof EPOCH_METRICS)[number] | 'epoch', number>>;

/** Keras's four metrics, in the order of the table's columns. */
export const EPOCH_METRICS = ['loss', 'accuracy', 'val_loss', 'val_accuracy'] as const;
/** In the legend's order: panel by panel. */
const LEGEND = ['accuracy', 'val_accuracy', 'loss', 'val_loss'] as const;

/** The look of the two panels, accuracy and loss. */
export interface PanelLook {
  readonly logLoss: boolean;
  /** Without room for the panels' names; the legend has them. */
  readonly narrow: boolean;
  /** Before the panels' names: `val_` where nothing else is drawn. */
  readonly prefix: '' | 'val_';
  /** Colours of the panels' names. */
  readonly accuracy: string;
  readonly loss: string;
  readonly soft: string;
  readonly line: string;
}

/** The viewer's choices, and the colours of the page. */
export interface ChartLook extends PanelLook {
  /** All four on one axis, as the tutorial has them. */
  readonly oneAxis: boolean;
  readonly bestEpoch: number | null;
  /** Number of first epochs inherited from the forked run: drawn in grey. */
  readonly inheritedEpochs: number;
  /** More epochs than this have no marks. */
  readonly manyEpochs: boolean;
  readonly calm: boolean;
  readonly ink: string;
  readonly card: string;
}

/** Accuracy above, loss below: told apart by panel and mark, training and validation by the dash, not by colour alone. */
export function seriesOf(
  epochs: readonly EpochRow[],
  look: ChartLook,
): ChartDataset<'line', (number | null)[]>[] {
  return LEGEND.map((name) => {
    const isLoss = name.endsWith('loss');
    const isValidation = name.startsWith('val_');
    const colour = isLoss ? look.loss : look.accuracy;
    const isInherited = (index: number) => index < look.inheritedEpochs;
    const isBest = (index: number) => isValidation && epochs[index]?.epoch === look.bestEpoch;
    return {
      label: name,
      data: epochs.map((epoch) => epoch[name]),
      yAxisID: look.oneAxis ? 'metric' : isLoss ? 'loss' : 'accuracy',
      borderColor: colour,
      segment: { borderColor: ({ p1DataIndex }) => (isInherited(p1DataIndex) ? look.soft : undefined) },
      borderWidth: 2,
      borderDash: isValidation ? [6, 4] : [],
      backgroundColor: isValidation ? look.card : colour,
      pointBorderColor: ({ dataIndex }) => (isInherited(dataIndex) ? look.soft : colour),
      pointStyle: isLoss ? 'triangle' : 'circle',
      pointRadius: ({ dataIndex }) => (isBest(dataIndex) ? 7 : look.manyEpochs ? 0 : 3),
      pointBorderWidth: ({ dataIndex }) => (isBest(dataIndex) ? 3 : 1),
      pointHoverRadius: 6,
    };
  });
}

export function chartOptions(look: ChartLook): ChartOptions<'line'> {
  const text = { color: look.soft };
  return {
    maintainAspectRatio: false,
    animation: look.calm ? false : { duration: 250 },
    interaction: { mode: 'index', intersect: false },
    scales: { x: epochAxis(look), ...(look.oneAxis ? { metric: metricAxis(look) } : twoPanels(look)) },
    plugins: {
      title: {
        display: true,
        text: say('browser.chartTitle'),
        color: look.ink,
        padding: { top: 0, bottom: 8 },
      },
      legend: { position: 'bottom', labels: { ...text, boxWidth: 28, boxHeight: 0, padding: 12 } },
      tooltip: { callbacks: { title: ([item]) => epochTitle(item.label, look), label: tooltipLabel } },
    },
  };
}

export function epochAxis(look: PanelLook): ScaleOptions<'category'> {
  return {
    title: { display: true, text: 'epochs', color: look.soft, padding: 0 },
    ticks: { color: look.soft, maxRotation: 0, autoSkipPadding: 16 },
    grid: { display: false },
    border: { color: look.line },
    offset: true,
  } as ScaleOptions<'category'>;
}

/** Accuracy above, loss below, each as high as the other. */
export function twoPanels(look: PanelLook): Record<string, ScaleOptions<'linear' | 'logarithmic'>> {
  const accuracy = {
    ...axis(look),
    stack: 'panels',
    stackWeight: 1,
    ticks: { color: look.soft, maxTicksLimit: 5, callback: percent },
    title: { display: !look.narrow, text: `${look.prefix}accuracy`, color: look.accuracy, padding: 0 },
  };
  const loss = {
    ...axis(look),
    type: look.logLoss ? 'logarithmic' : 'linear',
    stack: 'panels',
    stackWeight: 1,
    ticks: { color: look.soft, maxTicksLimit: 5 },
    title: {
      display: !look.narrow,
      text: `${look.prefix}loss${look.logLoss ? ' (log)' : ''}`,
      color: look.loss,
      padding: 0,
    },
  };
  const gap = {
    ...axis(look),
    stack: 'panels',
    stackWeight: 0.2,
    ticks: { display: false },
    grid: { display: false },
  };
  return { loss, gap, accuracy } as Record<string, ScaleOptions<'linear' | 'logarithmic'>>;
}

function metricAxis(look: ChartLook): ScaleOptions<'linear'> {
  return {
    ...axis(look),
    beginAtZero: true,
    ticks: { color: look.soft, maxTicksLimit: 7 },
    title: { display: true, text: say('browser.metricAxis'), color: look.soft, padding: 0 },
  } as ScaleOptions<'linear'>;
}

function axis(look: PanelLook) {
  return { axis: 'y', type: 'linear', grid: { color: look.line }, border: { display: false } };
}

function percent(value: string | number): string {
  return `${Number((Number(value) * 100).toFixed(2))} %`;
}

function epochTitle(epoch: string, { bestEpoch, inheritedEpochs }: ChartLook): string {
  const isBest = Number(epoch) === bestEpoch;
  if (Number(epoch) > inheritedEpochs) return say(isBest ? 'browser.bestEpoch' : 'browser.epoch', { epoch });
  return say(isBest ? 'browser.bestInheritedEpoch' : 'browser.inheritedEpoch', { epoch });
}

export function tooltipLabel({ dataset, raw }: TooltipItem<'line'>): string {
  const value = raw as number;
  const isLoss = dataset.label?.endsWith('loss');
  return `${dataset.label}: ${isLoss ? value.toFixed(4) : percent(value)}`;
}
