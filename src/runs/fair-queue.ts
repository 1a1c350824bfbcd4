import type { RunSummary } from './run.ts';

type Waiting = Pick<RunSummary, 'id' | 'state' | 'owner'>;

/**
 * The order in which waiting runs will run: first what the server's end interrupted, then everybody's first run, then
 * everybody's second one, and so on. Whose turn was longest ago comes first; runs of one owner stay in their order.
 *
 * @param waiting oldest first
 * @param lastTurns owner's id ('' for nobody's) → ISO 8601 of the latest start of a run of theirs
 */
export function fairOrder<Run extends Waiting>(
  waiting: readonly Run[],
  lastTurns: ReadonlyMap<string, string>,
): Run[] {
  const counts = new Map<string, number>();
  const ranked = waiting.map((run) => {
    const owner = run.owner?.id ?? '';
    const round = run.state === 'interrupted' ? -1 : (counts.get(owner) ?? 0);
    counts.set(owner, round + 1);
    return { run, round, lastTurn: lastTurns.get(owner) ?? '' };
  });
  return ranked
    .sort((a, b) => a.round - b.round || compareText(a.lastTurn, b.lastTurn) || a.run.id - b.run.id)
    .map(({ run }) => run);
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
