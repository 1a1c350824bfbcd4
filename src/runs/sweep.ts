import type { SettingName, Settings } from '../training/settings.ts';
import type { Owner } from './run.ts';

/** The values that a sweep tries for each varied setting: every combination is a trial. */
export type Axes = Readonly<Partial<Record<SettingName, readonly (string | number)[]>>>;

/** A grid of settings, queued as one; its trials are runs. */
export interface Sweep {
  readonly id: number;
  /** Id of the room that it belongs to. */
  readonly room: number;
  /** Settings of every trial, except those of the axes. */
  readonly settings: Settings;
  readonly axes: Axes;
  /** Trials that fall behind are stopped early. */
  readonly halving: boolean;
  /** Who created it; null if unknown. */
  readonly owner: Owner | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}
