/** What the pupils of a soak saw. */
export class Tally {
  /** "GET /runs/:id/progress" → status → how often. */
  readonly statuses = new Map<string, Map<number, number>>();
  readonly #milliseconds = new Map<string, number[]>();

  count(route: string, status: number, milliseconds: number): void {
    const statuses = this.statuses.get(route) ?? new Map<number, number>();
    this.statuses.set(route, statuses.set(status, (statuses.get(status) ?? 0) + 1));
    const times = this.#milliseconds.get(route) ?? [];
    this.#milliseconds.set(route, times);
    times.push(milliseconds);
  }

  /** Answers of a route, of all or of some statuses. */
  answers(route: string, isCounted: (status: number) => boolean = () => true): number {
    const counts = [...(this.statuses.get(route) ?? [])];
    return counts.reduce((sum, [status, count]) => sum + (isCounted(status) ? count : 0), 0);
  }

  /** Answers of all routes with a 5xx status; 0 stands for a connection that broke. */
  failures(): number {
    const isFailure = (status: number) => status === 0 || status >= 500;
    return [...this.statuses.keys()].reduce((sum, route) => sum + this.answers(route, isFailure), 0);
  }

  /** Milliseconds within which this share of a route's requests, 0–1, was answered. */
  percentile(route: string, share: number): number {
    const sorted = [...(this.#milliseconds.get(route) ?? [])].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  }
}
