import type { SettingName, Settings } from '../training/settings.ts';
import type { Owner } from './run.ts';

/** What a sweep tries of each setting that it varies: every combination is a trial. */
export type Axes = Readonly<Partial<Record<SettingName, readonly (string | number)[]>>>;

/** A grid of settings, queued as one thing; its trials are runs. */
export interface Sweep {
  readonly id: number;
  /** Of every trial, but for what the axes say. */
  readonly settings: Settings;
  readonly axes: Axes;
  /** Trials that fall behind are stopped early. */
  readonly halving: boolean;
  /** Who asked for it; null when nobody said. */
  readonly owner: Owner | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}
