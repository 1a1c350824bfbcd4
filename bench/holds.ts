/**
 * `npm run bench:holds [-- --seconds 60 --seed 1 --entry dist/server.js]`: what may a stranger send to keep the server
 * from answering others? Sends all that was thought of through each door, and for so many seconds what is found by
 * changing the worst at random, to a server in another process; then the worst of each door 20 times, with as long a
 * watch of the idle server between them, and prints for how long its thread was held.
 *
 * By the clock a hold is as long as the others notice, but a neighbour on the machine makes it longer. By the processor
 * it is what the thread computed between two looks at its queue, which is due to what was sent alone.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '../src/network/random.ts';
import { CANDIDATES } from './holds/candidates.ts';
import { mutant } from './holds/mutants.ts';
import { type Hold, type ProbedServer, startProbed } from './holds/probed-server.ts';
import { type Candidate, DOORS, type Sent } from './holds/sent.ts';
import { describeMachine } from './machine.ts';
import { median } from './rounds.ts';
import { fixed, table } from './table.ts';

/** How often each is sent to be ranked, and the worst of each door to be measured. */
const LOOKS = 2;
const REPEATS = 20;
/** Of each door so many are changed at random, and so many measured. */
const POOL = 3;
const SHOWN = 2;
/** The bound: so much longer than the idle server's own worst. */
const MOST_LONGER_MS = 20;
/** For as long as the worst took to send, but not longer. */
const MOST_IDLE_MS = 3000;
/** What was sent before is over, also its garbage. */
const PAUSE_MS = 30;
/** Until the server has done what it does once after its start. */
const START_MS = 5000;

interface Measured {
  readonly candidate: Candidate;
  readonly holds: readonly Hold[];
  readonly status: number;
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    entry: { type: 'string', default: path.join(import.meta.dirname, '../dist/server.js') },
  },
});

const server = await startProbed(values.entry);
try {
  console.log(describeMachine());
  await sleep(START_MS);
  const ranked: Measured[] = [];
  for (const candidate of CANDIDATES) ranked.push(await measure(candidate, LOOKS));
  const thoughtOf = ranked.length;
  await search(ranked);
  const shown: Measured[] = [];
  const idle: Hold[] = [];
  for (const door of DOORS) {
    for (const { candidate } of worstOf(ranked, door).slice(0, SHOWN)) {
      const begun = performance.now();
      shown.push(await measure(candidate, REPEATS));
      idle.push(await watchIdle(server, Math.min(MOST_IDLE_MS, performance.now() - begun)));
    }
  }
  const tried = `${thoughtOf} inputs thought of and ${ranked.length - thoughtOf} found by changing them`;
  console.log(`\n${tried}; the worst of each door, ${REPEATS} times each; ms\n`);
  console.log(
    table(
      ['door', 'what is sent', 'answer', 'processor, median', 'longest', 'clock, median', 'longest'],
      [...shown.map(row), ['', 'nothing: the idle server', '', ...times(idle)]],
    ),
  );
  const bound = longest(idle, 'processor') + MOST_LONGER_MS;
  const over = shown.filter(({ holds }) => longest(holds, 'processor') > bound);
  console.log(
    `\n${over.length} of them held the thread more than ${MOST_LONGER_MS} ms of processor time longer than the idle server's own worst`,
  );
} finally {
  await server.stop();
}

async function watchIdle(server: ProbedServer, milliseconds: number): Promise<Hold> {
  await sleep(PAUSE_MS);
  await server.hold();
  await sleep(milliseconds);
  return server.hold();
}

async function measure(candidate: Candidate, repeats: number): Promise<Measured> {
  const sent = await candidate.make();
  const holds: Hold[] = [];
  let status = 0;
  for (let i = 0; i < repeats; i++) {
    await sleep(PAUSE_MS);
    await server.hold();
    [status] = await Promise.all(Array.from({ length: candidate.atOnce ?? 1 }, () => server.send(sent)));
    holds.push(await server.hold());
  }
  const seen = holds.map(({ wall, processor }) => `${processor.toFixed(0)}/${wall.toFixed(0)}`);
  process.stderr.write(`${candidate.door}, ${candidate.name}: ${status} ${seen.join(' ')}\n`);
  return { candidate, holds, status };
}

/** Changes the worst ones until the time is over; a change that holds longer takes its place among them. */
async function search(ranked: Measured[]): Promise<void> {
  const random = new Random(Number(values.seed));
  const end = Date.now() + Number(values.seconds) * 1000;
  for (let i = 0; Date.now() < end; i++) {
    const worst = worstOf(ranked, DOORS[i % DOORS.length]).slice(0, POOL);
    const { candidate } = worst[random.below(worst.length)];
    const sent: Sent = mutant(await candidate.make(), random, candidate.atOnce);
    const name = `${candidate.name.replace(/, changed.*/, '')}, changed (${i})`;
    ranked.push(await measure({ ...candidate, name, make: () => sent }, LOOKS));
  }
}

/** By the least of their holds: garbage of what was sent before makes single ones longer. */
function worstOf(ranked: readonly Measured[], door: string): Measured[] {
  const least = ({ holds }: Measured) => Math.min(...holds.map(({ processor }) => processor));
  return ranked.filter(({ candidate }) => candidate.door === door).sort((a, b) => least(b) - least(a));
}

function row({ candidate, holds, status }: Measured): string[] {
  return [candidate.door, candidate.name, String(status || 'closed'), ...times(holds)];
}

function times(holds: readonly Hold[]): string[] {
  return (['processor', 'wall'] as const).flatMap((clock) => [
    fixed(median(holds.map((hold) => hold[clock])), 1),
    fixed(longest(holds, clock), 1),
  ]);
}

function longest(holds: readonly Hold[], clock: keyof Hold): number {
  return Math.max(...holds.map((hold) => hold[clock]));
}
