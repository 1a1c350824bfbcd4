import t from 'tap';
import { EarlyStopping } from '../../src/training/early-stopping.ts';

/** Epochs heard until it is over, or all. */
function heard(patience: number, valLosses: readonly number[], startfromepoch = 0) {
  const earlyStopping = new EarlyStopping({ patience, startfromepoch });
  const best: boolean[] = [];
  for (const valLoss of valLosses) {
    best.push(earlyStopping.heard(best.length + 1, valLoss));
    if (earlyStopping.isOver) break;
  }
  return { epochs: best.length, best, bestEpoch: earlyStopping.bestEpoch };
}

t.test('nothing heard: no best epoch, not over', async (t) => {
  t.match(new EarlyStopping({ patience: 1, startfromepoch: 0 }), { bestEpoch: null, isOver: false });
});

t.test('as Keras counts', async (t) => {
  const cases = [
    { patience: 1, valLosses: [1, 2, 0], epochs: 2, bestEpoch: 1 },
    { patience: 2, valLosses: [1, 2, 2, 0], epochs: 3, bestEpoch: 1 },
    { patience: 3, valLosses: [3, 2, 1, 1, 1, 1, 0], epochs: 6, bestEpoch: 3 },
    { patience: 2, valLosses: [3, 4, 2, 4, 1, 4, 4, 0], epochs: 7, bestEpoch: 5 },
    { patience: 3, valLosses: [3, 2, 1, 2, 2], epochs: 5, bestEpoch: 3 },
  ];
  for (const { patience, valLosses, epochs, bestEpoch } of cases) {
    t.match(
      heard(patience, valLosses),
      { epochs, bestEpoch },
      `patience ${patience}: ${valLosses.join(' ')}`,
    );
  }
});

t.test(
  'the first epochs may be left out of its patience; the best of them may still be the best of all',
  async (t) => {
    t.match(heard(2, [1, 2, 2, 2, 2, 2, 0], 3), { epochs: 5, bestEpoch: 1 });
    t.match(heard(1, [3, 4, 5, 2, 6], 4), { epochs: 5, bestEpoch: 4 });
    t.match(heard(1, [1, 2], 0), { epochs: 2, bestEpoch: 1 });
    const resumed = new EarlyStopping({ patience: 2, startfromepoch: 3 }, [1, 2, 2, 2]);
    t.equal(resumed.isOver, false, 'one epoch counts');
    resumed.heard(5, 2);
    t.equal(resumed.isOver, true);
  },
);
