import t from 'tap';
import { english, type Message, sayAll } from '../../src/catalogue/catalogue.ts';
import { forkKeeps, forkPatience, forkSettings } from '../../src/runs/fork.ts';
import type { Epoch } from '../../src/training/epoch.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/training/settings.ts';

const said = ({ errors = {} }: { errors?: Readonly<Record<string, Message>> }) => sayAll(english, errors);

const parent = { settings: { ...DEFAULT_SETTINGS, epochs: 10, learningrate: 0.005, seed: 4 } };

t.test('a fork is as its parent, but for what is given', async (t) => {
  t.same(forkSettings(parent, 3, {}), { settings: parent.settings });
  t.match(forkSettings(parent, 3, { batchsize: '64' }), { settings: { batchsize: 64, learningrate: 0.005 } });
  t.match(forkSettings(parent, 3, { optimizer: 'sgd' }), {
    settings: { optimizer: 'sgd', learningrate: 0.1 },
  });
  const sgd = { settings: { ...parent.settings, optimizer: 'sgd', learningrate: 0.1 } as const };
  t.match(
    forkSettings(sgd, 3, { batchsize: 4 }),
    { settings: { learningrate: 0.05 } },
    'the default goes along',
  );
  const chosen = { settings: { ...sgd.settings, learningrate: 0.2 } };
  t.match(forkSettings(chosen, 3, { batchsize: 4 }), { settings: { learningrate: 0.2 } });
  t.match(forkSettings(parent, 3, { optimizer: 'sgd', learningrate: 0.2 }), {
    settings: { learningrate: 0.2 },
  });
  t.match(forkSettings(parent, 3, { optimizer: 'adam', learningrate: '' }), {
    settings: { learningrate: 0.005 },
  });
});

t.test('what it cannot change is said beside the field', async (t) => {
  t.match(said(forkSettings(parent, 3, { activation: 'tanh' })), {
    activation: /keeps the activation.*relu/,
  });
  t.match(said(forkSettings(parent, 3, { validation: 'test' })), { validation: /heldout/ });
  t.match(said(forkSettings(parent, 3, { epochs: 3 })), { epochs: /more than 3 epochs/ });
  t.match(said(forkSettings(parent, 3, { seed: -1 })), { seed: /Seed/ });
});

t.test('another optimizer begins afresh, and another seed shuffles anew', async (t) => {
  const { settings } = parent;
  t.same(forkKeeps(settings, settings), { slots: true, random: true });
  t.same(forkKeeps(settings, { ...settings, optimizer: 'sgd' }), { slots: false, random: true });
  t.same(forkKeeps(settings, { ...settings, seed: 5 }), { slots: true, random: false });
});

t.test('patience goes on counting when a fork learns as its parent did, if any of it is left', async (t) => {
  const before = { ...DEFAULT_SETTINGS, patience: 3 };
  // The third epoch is the best one; after the sixth patience was over.
  const epochs = [3, 2, 1, 2, 3, 4].map((val_loss, i) => ({ epoch: i + 1, val_loss }) as Epoch);
  const from = (epoch: number, changed: Partial<Settings> = {}, patienceFrom = 0) =>
    forkPatience({ settings: before, epochs }, { ...before, ...changed }, { epoch, patienceFrom });
  t.equal(from(5), 0);
  t.equal(from(6), 6, 'none is left');
  t.equal(from(6, { patience: 4 }), 0, 'more of it');
  t.equal(from(5, { patience: 2 }), 5, 'less of it');
  t.equal(from(5, { epochs: 50, engine: 'tensorflow', timebudget: 9 }), 0, 'another length');
  t.equal(from(5, { learningrate: 0.0005 }), 5);
  t.equal(from(5, { seed: 2 }), 5);
  t.equal(from(5, {}, 2), 2, 'as in a parent that is a fork itself');
  t.equal(from(1, {}, 2), 1, 'of an epoch that this one inherited');
  const cosine = { settings: { ...before, schedule: 'cosine' as const }, epochs };
  t.equal(
    forkPatience(cosine, { ...cosine.settings, epochs: 50 }, { epoch: 5, patienceFrom: 0 }),
    5,
    'a schedule moves over all epochs: with more of them it learns otherwise',
  );
});
