/** A sweep of real trainings, from a script's first request to its table. */
import t from 'tap';
import { testApp, until } from '../../help/helper.ts';

t.setTimeout(240_000);

t.test('a small sweep finds the best learning rate and stops the worst one early', async (t) => {
  const app = await testApp(t, { threads: 2 });
  const payload = {
    settings: { optimizer: 'sgd', batchsize: 128, epochs: 2 },
    grid: { learningrate: [0.0001, 0.1, 0.01] },
    halving: true,
  };
  const { url } = (await app.inject({ method: 'POST', url: '/sweeps', payload })).json();
  await until(async () => (await app.inject(url)).json().state === 'finished', 230);

  const [head, ...rows] = (await app.inject(`${url}.csv`)).body
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
  const [winner, , loser] = rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
  t.match(winner, { learningrate: '0.1', state: 'finished', epochs_done: '2', stopped_early: 'false' });
  t.match(loser, { learningrate: '0.0001', state: 'stopped', epochs_done: '1', stopped_early: 'true' });
  t.ok(Number(winner.test_accuracy) > 0.95, `${winner.test_accuracy} on the test set`);
  t.ok(Number(winner.val_loss) < Number(loser.val_loss));
  t.equal(loser.test_accuracy, '', 'the test set was not looked at for it');
  t.equal((await app.inject('/model')).statusCode, 200);
  t.match((await app.inject({ url: '/', headers: { accept: 'text/html' } })).body, 'the built-in model');
});
