import t from 'tap';
import { parseGrid } from '../../../src/runs/grid.ts';
import type { Epoch } from '../../../src/training/epoch.ts';
import { type ReadEvent, readEvents } from '../../help/events.ts';
import { testApp, until } from '../../help/helper.ts';

t.test('a sweep is followed from a script until it has ended', async (t) => {
  const app = await testApp(t, { threads: 2 });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const body = JSON.stringify({
    settings: { epochs: 1, batchsize: 128 },
    grid: { optimizer: ['adam', 'sgd'] },
  });
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${url}/sweeps`, { method: 'POST', headers, body });
  t.equal(made.status, 201);

  const events: ReadEvent[] = [];
  for await (const event of readEvents(await fetch(`${url}/sweeps/1/events`))) events.push(event);
  const of = (name: string) => events.filter(({ event }) => event === name).map(({ data }) => data);
  t.match(events[0], { event: 'sweep', data: { id: 1, trials: [{ id: 1 }, { id: 2 }] } });
  const epochs = of('epoch') as (Epoch & { run: number })[];
  t.same(
    epochs.map(({ run, epoch }) => [run, epoch]),
    [
      [1, 1],
      [2, 1],
    ],
  );
  t.match(epochs[0], { val_loss: Number, val_accuracy: Number });
  t.match(of('trial').at(-1), { state: String });
  t.match(events.at(-1), {
    event: 'state',
    id: 'finished',
    data: { id: 1, state: 'finished', best: Number },
  });
  t.equal(app.eventStreams.count, 0);

  const again = await fetch(`${url}/sweeps/1/events`, { headers: { 'last-event-id': 'finished' } });
  t.equal(again.status, 204, 'an EventSource then ends');
  t.equal((await fetch(`${url}/sweeps/9/events`)).status, 404);
});

t.test('when the store fails as a sweep ends, its followers are sent away to come back', async (t) => {
  const app = await testApp(t);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const { sweeps } = app.workbench;
  const { grid } = parseGrid({ epochs: 1 }, { seed: [1, 2] });
  await sweeps.create(grid!, { halving: false });
  const events = readEvents(await fetch(`${url}/sweeps/1/events`));
  await events.next();
  const get = sweeps.get.bind(sweeps);
  sweeps.get = () => {
    throw new Error('database is locked');
  };
  await sweeps.stop(1);
  const rest: ReadEvent[] = [];
  for await (const event of events) rest.push(event);
  t.notOk(
    rest.some(({ event }) => event === 'state'),
    'nothing is said that is not known',
  );
  sweeps.get = get;
  await until(async () => (await get(1))!.state === 'stopped');
  t.equal((await fetch(`${url}/sweeps/1/events`)).status, 200);
});
