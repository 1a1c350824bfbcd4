import t from 'tap';
import { DEFAULT_SETTINGS, parseSettings } from '../../src/training/settings.ts';
import * as format from '../../src/web/format.ts';

/** Non-breaking spaces, written as they look. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

t.test('shares as percentages', async (t) => {
  t.equal(plain(format.percent(0.98941)), '98.94 %');
  t.equal(plain(format.percent(0.5, 0)), '50 %');
  t.equal(plain(format.percent(1, 1)), '100.0 %');
  t.equal(format.percent(null), '–', 'nobody measured');
});

t.test('losses keep four digits that matter', async (t) => {
  t.equal(format.loss(0.021345), '0.0213');
  t.equal(format.loss(2.345678), '2.3457');
  t.equal(format.loss(1234.5), '1235');
  t.equal(format.loss(null), '–');
  t.equal(format.loss(Number.NaN), 'not a number');
  t.equal(format.loss(Number.POSITIVE_INFINITY), 'infinite');
});

t.test('durations in the two largest units', async (t) => {
  const durations = {
    0: '0.0 s',
    1.62: '1.6 s',
    42.4: '42 s',
    149: '2 min 29 s',
    3780: '1 h 3 min',
    86400: '24 h 0 min',
  };
  for (const [seconds, text] of Object.entries(durations)) {
    t.equal(plain(format.duration(Number(seconds))), text, `${seconds} seconds`);
  }
  t.equal(plain(format.duration(59.7)), '1 min 0 s', 'rounds before it chooses the unit');
  t.equal(plain(format.duration(9.97)), '10 s');
  t.equal(plain(format.duration(3599.6)), '1 h 0 min');
});

t.test('times say their zone', async (t) => {
  t.equal(format.time('2026-11-22T20:05:27.123Z'), '2026-11-22 20:05 UTC');
});

t.test('settings in a line, and as a link that fills the form with the same', async (t) => {
  const settings = { ...DEFAULT_SETTINGS, optimizer: 'sgd', learningrate: 0.05, epochs: 5 } as const;
  t.equal(format.settingsLine(settings), 'relu, sgd 0.05, batch 32, seed 1');
  t.equal(
    format.settingsLine({ ...settings, validation: 'test', augmentation: 'affine' }),
    'relu, sgd 0.05, batch 32, seed 1, augmentation affine, validation test',
  );
  const url = new URL(format.settingsUrl(settings), 'http://localhost');
  t.equal(url.pathname, '/');
  t.same(parseSettings(Object.fromEntries(url.searchParams)).settings, settings);
});
