import t from 'tap';
import { Random } from '../../src/network/random.ts';
import { pairs, type TestedRun } from '../../src/runs/differences.ts';
import type { RunSummary } from '../../src/runs/run.ts';
import { SIGNIFICANT } from '../../src/statistics/verdict.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/training/settings.ts';

function tested(id: number, hits: Uint8Array, settings: Partial<Settings> = {}): TestedRun {
  const testAccuracy = hits.reduce((sum, hit) => sum + hit, 0);
  const run = { id, testAccuracy, settings: { ...DEFAULT_SETTINGS, ...settings } } as RunSummary;
  return { run, hits };
}

/** Runs that read each of some difficult images with the same probability. The others, that all read, tell nothing. */
function equalRuns(count: number, { images, random }: { images: number; random: Random }): TestedRun[] {
  return Array.from({ length: count }, (_, i) => {
    const hits = Uint8Array.from({ length: images }, () => (random.below(10) < 6 ? 1 : 0));
    return tested(i + 1, hits);
  });
}

t.test(
  'of equally good runs one is called better at most 5 times in 100, however many are compared',
  async (t) => {
    const TIMES = 2000;
    // Three standard errors of a share of 5 % among so many.
    const most = SIGNIFICANT + 3 * Math.sqrt((SIGNIFICANT * (1 - SIGNIFICANT)) / TIMES);
    for (const images of [16, 240]) {
      for (const count of [2, 3, 5, 8]) {
        const random = new Random(count);
        let called = 0;
        for (let i = 0; i < TIMES; i++) {
          const found = pairs(equalRuns(count, { images, random }));
          if (found.some(({ adjusted }) => adjusted < SIGNIFICANT)) called++;
        }
        t.ok(
          called / TIMES <= most,
          `${count} runs, ${images} images: ${((100 * called) / TIMES).toFixed(1)} %`,
        );
      }
    }
  },
);

t.test('a run that is much better than seven equal ones is found', async (t) => {
  const random = new Random(1);
  const better = tested(9, new Uint8Array(30).fill(255));
  const found = pairs([...equalRuns(7, { images: 240, random }), better]);
  t.equal(found.length, 7);
  t.ok(found.every(({ better, adjusted }) => better === 9 && adjusted < 0.001));
});

t.test('better only by images that chose its epoch is not called better', async (t) => {
  const first = (count: number) => Uint8Array.from({ length: 240 }, (_, i) => (i < count ? 1 : 0));
  const [{ verdict }] = pairs([tested(1, first(160)), tested(2, first(240), { validation: 'test' })]);
  t.match(
    verdict,
    /^Run 2 gets 80 more test images right than run 1, but its best epoch was chosen by the test set/,
  );
  const [other] = pairs([tested(1, first(160), { validation: 'test' }), tested(2, first(240))]);
  t.match(other.verdict, /^Run 2 is better than run 1/, 'it is better than one that is flattered');
});
