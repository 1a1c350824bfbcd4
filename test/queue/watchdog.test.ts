import { mock } from 'node:test';
import t from 'tap';
import { Watchdog } from '../../src/queue/watchdog.ts';

t.beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
t.afterEach(() => mock.timers.reset());

t.test('what moves within the limit is left alone; what does not is told once', async (t) => {
  let position = 0;
  let told = 0;
  new Watchdog({ limit: 1000, position: () => position, hung: () => told++ });
  for (let i = 0; i < 20; i++) {
    mock.timers.tick(900);
    position++;
  }
  t.equal(told, 0);
  mock.timers.tick(100);
  mock.timers.tick(999);
  t.equal(told, 0);
  mock.timers.tick(1);
  t.equal(told, 1);
  mock.timers.tick(100_000);
  t.equal(told, 1);
});

t.test('one that was stopped tells nothing', async (t) => {
  let told = 0;
  new Watchdog({ limit: 1000, position: () => 0, hung: () => told++ }).stop();
  mock.timers.tick(100_000);
  t.equal(told, 0);
});
