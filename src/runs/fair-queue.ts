import type { RunSummary } from './run.ts';

type Waiting = Pick<RunSummary, 'id' | 'state' | 'owner' | 'room'>;

/** The latest turn of an owner in a room. */
export interface Turn {
  readonly room: number;
  /** Empty for runs without an owner. */
  readonly owner: string;
  /** The higher, the later. */
  readonly turn: number;
}

/**
 * The order in which waiting runs will start: first those interrupted by the server's end, then each room's first run, then each
 * room's second one, and so on; within a room everybody's first run, then everybody's second one, and so on. The room, and the
 * owner, whose last turn is longest ago comes first; an owner's runs stay in order.
 *
 * @param waiting oldest first
 */
export function fairOrder<Run extends Waiting>(waiting: readonly Run[], turns: readonly Turn[]): Run[] {
  const ownerTurns = new Map(turns.map(({ room, owner, turn }) => [`${room} ${owner}`, turn]));
  const roomTurns = new Map<number, number>();
  for (const { room, turn } of turns) roomTurns.set(room, Math.max(turn, roomTurns.get(room) ?? 0));
  const ownerOf = (run: Run) => `${run.room} ${run.owner?.id ?? ''}`;
  const ownerTurn = (run: Run) => ownerTurns.get(ownerOf(run)) ?? 0;
  const { back = [], queued = [] } = Object.groupBy(waiting, ({ state }) =>
    state === 'interrupted' ? 'back' : 'queued',
  );
  return [
    ...inTurns(back, ({ id }) => id, ownerTurn),
    ...inTurns(
      inTurns(queued, ownerOf, ownerTurn),
      ({ room }) => room,
      ({ room }) => roomTurns.get(room) ?? 0,
    ),
  ];
}

/**
 * Everybody's first run, then everybody's second one, and so on; in each round by their latest turn, then by id.
 *
 * @param runs each one's in order
 */
function inTurns<Run extends Waiting>(
  runs: readonly Run[],
  whoseIs: (run: Run) => unknown,
  turnOf: (run: Run) => number,
): Run[] {
  const counts = new Map<unknown, number>();
  const ranked = runs.map((run) => {
    const who = whoseIs(run);
    const round = counts.get(who) ?? 0;
    counts.set(who, round + 1);
    return { run, round, turn: turnOf(run) };
  });
  return ranked
    .sort((a, b) => a.round - b.round || a.turn - b.turn || a.run.id - b.run.id)
    .map(({ run }) => run);
}
