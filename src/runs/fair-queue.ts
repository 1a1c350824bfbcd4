import type { RunSummary } from './run.ts';

type Waiting = Pick<RunSummary, 'id' | 'state' | 'owner'>;

/**
 * The order in which waiting runs will start: first those interrupted by the server's end, then everybody's first run, then
 * everybody's second one, and so on. The owner whose last turn is longest ago comes first; an owner's runs stay in order.
 *
 * @param waiting oldest first
 * @param turns owner's id ('' for none) → the number of their latest turn: the higher, the later
 */
export function fairOrder<Run extends Waiting>(
  waiting: readonly Run[],
  turns: ReadonlyMap<string, number>,
): Run[] {
  const counts = new Map<string, number>();
  const ranked = waiting.map((run) => {
    const owner = run.owner?.id ?? '';
    const round = run.state === 'interrupted' ? -1 : (counts.get(owner) ?? 0);
    counts.set(owner, round + 1);
    return { run, round, turn: turns.get(owner) ?? 0 };
  });
  return ranked
    .sort((a, b) => a.round - b.round || a.turn - b.turn || a.run.id - b.run.id)
    .map(({ run }) => run);
}
