import t from 'tap';
import { learningRateAt } from '../../src/training/schedule.ts';

const close = (a: number, b: number) => Math.abs(a - b) <= 1e-12 + 1e-9 * Math.abs(b);

t.test('constant', async (t) => {
  t.equal(learningRateAt('constant', 0.01, 0, 100), 0.01);
  t.equal(learningRateAt('constant', 0.01, 99, 100), 0.01);
  t.equal(learningRateAt('onecycle', 0.01, 0, 1), 0.01, 'one step has no way to go');
});

t.test('cosine goes from the rate to nothing', async (t) => {
  t.equal(learningRateAt('cosine', 0.01, 0, 101), 0.01);
  t.ok(close(learningRateAt('cosine', 0.01, 50, 101), 0.005));
  t.ok(close(learningRateAt('cosine', 0.01, 100, 101), 0));
});

t.test('one-cycle is that of PyTorch', async (t) => {
  // torch.optim.lr_scheduler.OneCycleLR(SGD([p], 0.1), max_lr=0.1, total_steps=10): its ten rates.
  const torch = [
    0.004, 0.052, 0.1, 0.09504846320134738, 0.0811745653949763, 0.06112620219362893, 0.03887419780637107,
    0.0188258346050237, 0.004951936798652629, 4e-7,
  ];
  torch.forEach((rate, step) => {
    t.ok(close(learningRateAt('onecycle', 0.1, step, 10), rate), `step ${step}: ${rate}`);
  });
});
