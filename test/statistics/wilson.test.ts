import t from 'tap';
import { wilsonInterval } from '../../src/statistics/wilson.ts';

t.test('the examples of Newcombe, Statistics in Medicine 17 (1998), table I, method 3', async (t) => {
  for (const [hits, trials, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ]) {
    const interval = wilsonInterval(hits, trials);
    t.equal(interval.low.toFixed(4), low.toFixed(4), `${hits} of ${trials}`);
    t.equal(interval.high.toFixed(4), high.toFixed(4));
  }
});

t.test("statsmodels 0.15.0, proportion_confint(method='wilson'), of 10,000 test images", async (t) => {
  for (const [hits, low, high] of [
    [9892, 0.9869780188938961, 0.9910462771002337],
    [9850, 0.9824245640695632, 0.9872029575108803],
    [1135, 0.1074307727958436, 0.11986605794468941],
    [10_000, 0.9996160016293234, 1],
    [0, 0, 0.0003839983706765959],
  ]) {
    const interval = wilsonInterval(hits, 10_000);
    t.ok(Math.abs(interval.low - low) < 1e-12, `${hits}: ${interval.low}`);
    t.ok(Math.abs(interval.high - high) < 1e-12, `${hits}: ${interval.high}`);
  }
});
