/**
 * Whatever happens in whatever order: no run is lost, trained twice or out of its turn, and who has lost a run changes
 * nothing. Ten thousand random steps, each compared with a model of the queue in plain data.
 */
import { mock } from 'node:test';
import { Random } from '../../src/network/random.ts';
import { DEFAULT_ROOM } from '../../src/rooms/room.ts';
import type { Claim, RunState } from '../../src/runs/run.ts';
import { RoomStore } from '../../src/store/room-store.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { onEach } from '../help/databases.ts';

const STEPS = 10_000;
const DIGEST = new Uint8Array(32);
const OWNERS = [null, 'ada', 'bob', 'cyd', 'dan'];
const ROOMS = [DEFAULT_ROOM, 1, 2];
/** As in a class: most wait, some are old. */
const MOST_RUNS = 40;

interface Modelled {
  readonly id: number;
  readonly room: number;
  readonly owner: string | null;
  state: RunState;
  resumes: boolean;
  fence: number;
  epochs: number;
  hasStarted: boolean;
  stopping: boolean;
}

/** An owner in a room. */
const who = ({ room, owner }: Pick<Modelled, 'room' | 'owner'>) => `${room} ${owner ?? ''}`;

/**
 * The rule, said as simply as it can be: what was interrupted first, else of the room whose turn is longest ago everybody's first
 * run; whose turn is longest ago.
 */
function nextOf(runs: readonly Modelled[], turns: ReadonlyMap<string, number>): Modelled | undefined {
  const turn = (run: Modelled) => turns.get(who(run)) ?? 0;
  const roomTurn = ({ room }: Modelled) =>
    Math.max(0, ...[...turns].filter(([name]) => name.startsWith(`${room} `)).map(([, turn]) => turn));
  const inTurn = (some: readonly Modelled[]) => some.toSorted((a, b) => turn(a) - turn(b) || a.id - b.id)[0];
  const interrupted = runs.filter(({ state, resumes }) => state === 'interrupted' && resumes);
  if (interrupted.length > 0) return inTurn(interrupted);
  const firsts = new Map<string, Modelled>();
  for (const run of runs) if (run.state === 'queued' && !firsts.has(who(run))) firsts.set(who(run), run);
  const inRooms = ROOMS.map((room) => inTurn([...firsts.values()].filter((run) => run.room === room)));
  return inRooms.filter(Boolean).toSorted((a, b) => roomTurn(a) - roomTurn(b) || a.id - b.id)[0];
}

onEach(`${STEPS.toLocaleString('en')} steps in random order`, async (t, open) => {
  const random = new Random(23);
  const database = await open();
  const store = new RunStore(database);
  const rooms = await RoomStore.open(database);
  for (const name of ['7a', '7b']) await rooms.create(name, { pupils: DIGEST, teacher: DIGEST });
  t.teardown(() => store.close());
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-27T08:00:00Z') });
  t.teardown(() => mock.timers.reset());

  let runs: Modelled[] = [];
  const turns = new Map<string, number>();
  let turn = 0;
  /** Claims that once counted. */
  const claims: Claim[] = [];
  const counts: Record<string, number> = {};
  const checkpoint = { weights: new Float32Array(1), slots: {}, step: 1, random: [] };
  const any = <Item>(items: readonly Item[]): Item | undefined =>
    items[random.below(Math.max(1, items.length))];
  const waits = ({ state, resumes }: Modelled) => state === 'queued' || (state === 'interrupted' && resumes);
  const held = ({ id, fence }: Claim) =>
    runs.find((run) => run.id === id && run.fence === fence && run.state === 'running');

  const steps: Record<string, () => Promise<void>> = {
    async create() {
      if (runs.length >= MOST_RUNS) return;
      const owner = any(OWNERS)!;
      const room = any(ROOMS)!;
      const { id } = await store.in(room).create(DEFAULT_SETTINGS, {
        owner: owner === null ? null : { id: owner, name: '' },
      });
      if (runs.some((run) => run.id >= id)) t.fail(`number ${id} was given before`);
      runs.push({
        id,
        room,
        owner,
        state: 'queued',
        resumes: false,
        fence: 0,
        epochs: 0,
        hasStarted: false,
        stopping: false,
      });
    },
    async claim() {
      const expected = nextOf(runs, turns);
      const claimed = await store.claim();
      if (claimed?.id !== expected?.id) t.fail(`claimed ${claimed?.id} instead of ${expected?.id}`);
      if (expected === undefined) return;
      if (!expected.hasStarted) turns.set(who(expected), ++turn);
      Object.assign(expected, { state: 'running', resumes: false, hasStarted: true });
      expected.fence++;
      claims.push({ id: claimed!.id, fence: claimed!.fence });
    },
    async epoch() {
      const claim = any(claims);
      if (!claim) return;
      const run = held(claim);
      const epoch = {
        epoch: (run?.epochs ?? 0) + 1,
        loss: 1,
        accuracy: 1,
        val_loss: 1,
        val_accuracy: 1,
        seconds: 1,
      };
      const isKept = await store.addEpoch(claim, epoch, checkpoint, epoch.epoch === 1);
      if (isKept !== (run !== undefined))
        t.fail(`an epoch of run ${claim.id}, claim ${claim.fence}: ${isKept}`);
      if (run) run.epochs++;
    },
    async end() {
      const claim = any(claims);
      if (!claim) return;
      const run = held(claim);
      const state = any(['finished', 'stopped', 'failed', 'interrupted'] as const)!;
      const resumes = state === 'interrupted' && random.below(2) === 0;
      const isEnded = await store.end(claim, { state, reason: 'So it went.', resumes });
      if (isEnded !== (run !== undefined))
        t.fail(`the end of run ${claim.id}, claim ${claim.fence}: ${isEnded}`);
      if (run?.stopping && state === 'interrupted') Object.assign(run, { state: 'stopped', stopping: false });
      else if (run) Object.assign(run, { state, resumes, stopping: false });
    },
    async stop() {
      const run = any(runs);
      if (!run) return;
      const state = await store.stop(run.id, 'By hand.');
      if (run.state === 'running') run.stopping = true;
      else if (waits(run)) Object.assign(run, { state: 'stopped', resumes: false });
      else if (state !== null) t.fail(`run ${run.id}, ${run.state}, was stopped`);
      if (state !== null && state !== run.state) t.fail(`run ${run.id} is ${state} after a stop`);
    },
    async resume() {
      const run = any(runs);
      if (!run) return;
      const may = run.state === 'stopped' || run.state === 'interrupted';
      if ((await store.requeue(run.id)) !== may) t.fail(`run ${run.id}, ${run.state}, resumes`);
      if (may) Object.assign(run, { state: 'queued', resumes: false });
    },
    async remove() {
      const run = any(runs);
      if (!run) return;
      const may = run.state !== 'running' && !waits(run);
      if ((await store.delete(run.id)) !== may) t.fail(`run ${run.id}, ${run.state}, is deleted`);
      if (may) runs = runs.filter((one) => one !== run);
    },
    /** The process dies: whoever comes next ends what runs for nobody. What it did not hear of may still write. */
    async crash() {
      const lost = await store.inState('running');
      const running = runs.filter(({ state }) => state === 'running');
      t.equal(lost.map(({ id }) => id).join(), running.map(({ id }) => id).join());
      for (const run of lost) {
        const state = run.stopping ? ('stopped' as const) : ('interrupted' as const);
        await store.end(run, { state, reason: 'The server ended.', resumes: state === 'interrupted' });
        const modelled = runs.find(({ id }) => id === run.id)!;
        if (modelled.stopping !== run.stopping) t.fail(`run ${run.id} has forgotten that it was to stop`);
        Object.assign(modelled, { state, resumes: state === 'interrupted', stopping: false });
      }
    },
    async look() {
      const run = any(runs);
      if (!run) return;
      for (const room of ROOMS) {
        const own = store.in(room);
        const isSeen = (await own.get(run.id)) !== null;
        const isListed = (await own.list({ limit: 1000 })).runs.some(({ id }) => id === run.id);
        if (isSeen !== (room === run.room) || isListed !== isSeen)
          t.fail(`run ${run.id} is seen in room ${room}`);
      }
    },
    async clock() {
      mock.timers.setTime(Math.max(0, Date.now() + (random.below(1201) - 600) * 1000));
    },
  };
  const names = [
    ...Array(5).fill('create'),
    ...Array(6).fill('claim'),
    ...Array(8).fill('epoch'),
    ...Array(5).fill('end'),
    ...Array(3).fill('stop'),
    ...Array(3).fill('resume'),
    ...Array(3).fill('remove'),
    'crash',
    'look',
    'clock',
  ] as string[];
  for (let i = 0; i < STEPS; i++) {
    const name = any(names)!;
    counts[name] = (counts[name] ?? 0) + 1;
    await steps[name]();
    if (i % 50 !== 0) continue;
    const stored = (await store.list({ sort: 'id', ascending: true, limit: 1000 })).runs;
    t.same(
      stored.map(({ id, state, resumes, fence, epochsDone, stopping }) => ({
        id,
        state,
        resumes,
        fence,
        epochsDone,
        stopping,
      })),
      runs.map(({ id, state, resumes, fence, epochs, stopping }) => ({
        id,
        state,
        resumes,
        fence,
        epochsDone: epochs,
        stopping,
      })),
    );
    if (claims.length > 60) claims.splice(0, 30);
  }
  t.comment(JSON.stringify(counts));
});
