import t, { type Test } from 'tap';
import {
  forecastEpoch,
  liveRemainingSeconds,
  remainingSeconds,
  startsIn,
  usualEpochs,
} from '../../src/runs/forecast.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';

/** A step of 32 images takes 1 ms. */
const SPEED = { 1: 0.1, 8: 0.3, 32: 1, 128: 4 };
const near = (t: Test, found: number | null, wanted: number, name: string) =>
  t.ok(found !== null && Math.abs(found - wanted) < 1e-9 * wanted, `${name}: ${found}`);

t.test('seconds of an epoch: its steps, its warps, and 6 % for validation', async (t) => {
  near(t, forecastEpoch(SPEED, DEFAULT_SETTINGS), 1.719 * 1.06, '1,719 steps');
  near(t, forecastEpoch(SPEED, { ...DEFAULT_SETTINGS, validation: 'test' }), 1.875 * 1.06, '60,000 images');
  const warped = forecastEpoch(SPEED, { ...DEFAULT_SETTINGS, augmentation: 'affine' });
  near(t, warped, (1.719 + 0.66) * 1.06, '12 µs for each of 55,000 images');
  t.ok(forecastEpoch(SPEED, { ...DEFAULT_SETTINGS, data: 'mnist+pen' }) > 1.719 * 1.06);
  t.ok(forecastEpoch(SPEED, { ...DEFAULT_SETTINGS, data: 'corrections' }) < 1);
});

t.test('how many epochs a run usually has', async (t) => {
  t.equal(usualEpochs({ ...DEFAULT_SETTINGS, epochs: 100, patience: 3 }), 9);
  t.equal(usualEpochs({ ...DEFAULT_SETTINGS, epochs: 5, patience: 3 }), 5);
  t.equal(usualEpochs({ ...DEFAULT_SETTINGS, epochs: 100, patience: 200 }), 100, 'patience is never over');
});

t.test('what is left of a run', async (t) => {
  const settings = { ...DEFAULT_SETTINGS, epochs: 100, patience: 3 };
  t.equal(remainingSeconds(settings, 2), 18, 'nine epochs');
  t.equal(remainingSeconds(settings, 2, 4), 10);
  t.equal(remainingSeconds(settings, 2, 20), 2, 'past the usual end it may stop after any epoch');
  t.equal(remainingSeconds({ ...settings, epochs: 20 }, 2, 19.5), 1, 'but not after its last one');
  t.equal(remainingSeconds({ ...settings, timebudget: 7 }, 2), 7);
  t.equal(remainingSeconds({ ...settings, timebudget: 7 }, 2, 3), 1);
  t.equal(remainingSeconds({ ...settings, timebudget: 7 }, 2, 5), 0);
  t.equal(remainingSeconds({ ...settings, timebudget: 7 }, 2, 5, 3), 3, 'a fork has it anew');
});

t.test('a running run is forecast by its own speed', async (t) => {
  const settings = { ...DEFAULT_SETTINGS, epochs: 10, patience: 200 };
  t.equal(liveRemainingSeconds(settings, { secondsLeft: null, share: 0 }), null);
  t.equal(liveRemainingSeconds(settings, { secondsLeft: 30, share: 0.25 }), 30);
  const stopping = { ...settings, epochs: 100, patience: 3 };
  near(t, liveRemainingSeconds(stopping, { secondsLeft: 190, share: 0.05 }), 8, 'four of nine epochs of 2 s');
});

t.test('each waits for all before it', async (t) => {
  t.same(startsIn(10, [5, 7, 1]), [10, 15, 22]);
  t.same(startsIn(0, [5, null, 7, 1]), [0, 5, null, null], 'nothing is known behind the unknown');
  t.same(startsIn(null, [5]), [null]);
  t.same(startsIn(3, []), []);
});
