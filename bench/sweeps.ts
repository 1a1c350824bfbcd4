/**
 * `npm run bench:sweeps`: the same grid swept whole and by successive halving, with three seeds: how many epochs does each
 * train, and do they find the same winner? A trial's weights do not depend on its pauses, so the winner of the halved sweep
 * is looked up in the whole one: what it loses there by val_loss is set against what seeds alone make differ. Exits 1 when
 * halving trains more than half the epochs, or loses more than that.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { fixed, percent, table } from './table.ts';

const SEEDS = [1, 2, 3];
const GRID = { optimizer: ['adam', 'sgd'], learningrate: [0.0003, 0.003, 0.03, 0.3] };
const SETTINGS = { batchsize: 128, epochs: 8 };

interface Trial {
  readonly name: string;
  readonly epochs: number;
  /** Lowest of its epochs; infinite when it has none. */
  readonly valLoss: number;
}

const app = await buildApp({ ...readConfig({}), dataDir: ':memory:', logLevel: 'warn' });
const results: { whole: Trial[]; halved: Trial[] }[] = [];
for (const seed of SEEDS) {
  results.push({ whole: await sweep(seed, false), halved: await sweep(seed, true) });
}
await app.close();

const rows = results.map(({ whole, halved }, i) => {
  const [best] = whole;
  const found = whole.find(({ name }) => name === halved[0].name)!;
  const share = epochsOf(halved) / epochsOf(whole);
  return { seed: SEEDS[i], whole, halved, best, found, share, lost: found.valLoss - best.valLoss };
});
console.log(
  table(
    ['seed', 'epochs, whole', 'halved', 'share', 'winner of the whole', 'of the halved', 'val_loss lost'],
    rows.map(({ seed, whole, halved, best, found, share, lost }) => [
      String(seed),
      String(epochsOf(whole)),
      String(epochsOf(halved)),
      percent(share),
      `${best.name} ${fixed(best.valLoss, 4)}`,
      `${found.name} ${fixed(found.valLoss, 4)}`,
      fixed(lost, 4),
    ]),
  ),
);
const noise = deviation(results.map(({ whole }) => valLossOf(whole, rows[0].best.name)));
console.log(
  `\n${rows[0].best.name}: val_loss differs by ${fixed(noise, 4)} between seeds (standard deviation)`,
);
if (rows.some(({ share, lost }) => share > 0.5 || lost > noise)) process.exitCode = 1;

/** The trials of a sweep, as a script reads them from its CSV: the best one first. */
async function sweep(seed: number, halving: boolean): Promise<Trial[]> {
  const payload = { settings: { ...SETTINGS, seed }, grid: GRID, halving };
  const { url } = (await app.inject({ method: 'POST', url: '/sweeps', payload })).json();
  while (['queued', 'running'].includes((await app.inject(url)).json().state)) await wait(500);
  const [head, ...lines] = (await app.inject(`${url}.csv`)).body
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
  const trials = lines.map((line) => {
    const value = (name: string) => line[head.indexOf(name)];
    return {
      name: Object.keys(GRID).map(value).join(' '),
      epochs: Number(value('epochs_done')),
      valLoss: Number(value('val_loss') || Number.POSITIVE_INFINITY),
    };
  });
  const [{ name, valLoss }] = trials;
  const kind = halving ? 'halved' : 'whole';
  console.error(`seed ${seed}, ${kind}: ${epochsOf(trials)} epochs, ${name} ${fixed(valLoss, 4)}`);
  return trials;
}

function epochsOf(trials: readonly Trial[]): number {
  return trials.reduce((sum, { epochs }) => sum + epochs, 0);
}

function valLossOf(trials: readonly Trial[], wanted: string): number {
  return trials.find(({ name }) => name === wanted)!.valLoss;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
