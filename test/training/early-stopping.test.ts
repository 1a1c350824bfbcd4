import t from 'tap';
import { EarlyStopping } from '../../src/training/early-stopping.ts';

/** Epochs heard until it is over, or all. */
function heard(patience: number, valLosses: readonly number[]) {
  const earlyStopping = new EarlyStopping(patience);
  const best: boolean[] = [];
  for (const valLoss of valLosses) {
    best.push(earlyStopping.heard(best.length + 1, valLoss));
    if (earlyStopping.isOver) break;
  }
  return { epochs: best.length, best, bestEpoch: earlyStopping.bestEpoch };
}

t.test('nothing heard: no best epoch, not over', async (t) => {
  t.match(new EarlyStopping(1), { bestEpoch: null, isOver: false });
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
