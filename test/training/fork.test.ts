import t from 'tap';
import { forkKeeps, forkSettings } from '../../src/training/fork.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';

const parent = { settings: { ...DEFAULT_SETTINGS, epochs: 10, learningrate: 0.005, seed: 4 } };

t.test('a fork is as its parent, but for what is given', async (t) => {
  t.same(forkSettings(parent, 3, {}), { settings: parent.settings });
  t.match(forkSettings(parent, 3, { batchsize: '64' }), { settings: { batchsize: 64, learningrate: 0.005 } });
  t.match(forkSettings(parent, 3, { optimizer: 'sgd' }), {
    settings: { optimizer: 'sgd', learningrate: 0.1 },
  });
  t.match(forkSettings(parent, 3, { optimizer: 'sgd', learningrate: 0.2 }), {
    settings: { learningrate: 0.2 },
  });
  t.match(forkSettings(parent, 3, { optimizer: 'adam', learningrate: '' }), {
    settings: { learningrate: 0.005 },
  });
});

t.test('what it cannot change is said beside the field', async (t) => {
  t.match(forkSettings(parent, 3, { activation: 'tanh' }), {
    errors: { activation: /keeps the activation.*relu/ },
  });
  t.match(forkSettings(parent, 3, { validation: 'test' }), { errors: { validation: /heldout/ } });
  t.match(forkSettings(parent, 3, { epochs: 3 }), { errors: { epochs: /more than 3 epochs/ } });
  t.match(forkSettings(parent, 3, { seed: -1 }), { errors: { seed: /Seed/ } });
});

t.test('another optimizer begins afresh, and another seed shuffles anew', async (t) => {
  const { settings } = parent;
  t.same(forkKeeps(settings, settings), { slots: true, random: true });
  t.same(forkKeeps(settings, { ...settings, optimizer: 'sgd' }), { slots: false, random: true });
  t.same(forkKeeps(settings, { ...settings, seed: 5 }), { slots: true, random: false });
});
