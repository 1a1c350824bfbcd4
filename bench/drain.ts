/**
 * `npm run bench:drain [-- --clients 32] [-- --times 20]`: ends the built server while clients go on asking, and counts the
 * requests that were sent and not answered.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { askUntilGone, CLIENT_KINDS, type ClientKind } from '../test/faults/clients-that-ask.ts';
import { describeMachine } from './machine.ts';
import { startServer } from './served.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '32' },
    times: { type: 'string', default: '20' },
    /** Only these, by commas. */
    kinds: { type: 'string', default: CLIENT_KINDS.join() },
  },
});
const clients = Number(values.clients);
const times = Number(values.times);

console.log(`${describeMachine()}\n`);
let allCut = 0;
for (const kind of values.kinds.split(',') as ClientKind[]) {
  const cut: string[] = [];
  const statuses = new Set<number>();
  let [answered, worst, notZero] = [0, 0, 0];
  for (let i = 0; i < times; i++) {
    const server = await startServer();
    // Each other time a run trains meanwhile.
    if (i % 2)
      await fetch(`${server.url}/runs`, { method: 'POST', body: new URLSearchParams({ epochs: '50' }) });
    const asked = askUntilGone(server.url, Array(clients).fill(kind));
    await sleep(500 + Math.random() * 500);
    const began = performance.now();
    await server.stop();
    worst = Math.max(worst, performance.now() - began);
    if (server.exitCode() !== 0) notZero++;
    const tally = await asked;
    answered += tally.answered;
    for (const status of tally.statuses.keys()) statuses.add(status);
    cut.push(...tally.cut);
  }
  allCut += cut.length;
  const others = statuses.size > 0 ? `, also with ${[...statuses].join(', ')}` : '';
  console.log(
    `${kind.padEnd(12)} ${clients} clients, ${times} ends: ${answered} answered${others}, ${cut.length} cut, ` +
      `${notZero} exit codes but 0, ended within ${worst.toFixed(0)} ms`,
  );
  for (const one of cut.slice(0, 3)) console.log(`             ${one}`);
}
process.exitCode = allCut === 0 ? 0 : 1;
