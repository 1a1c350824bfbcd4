/** A class or a group: its runs, sweeps, corrections, model in service, tokens and limits are apart from those of other rooms. */
export interface Room {
  /** 0 for the default room, which is there without being made. */
  readonly id: number;
  /** Empty for the default room. */
  readonly name: string;
  readonly budget: Budget;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Changes whenever its tokens do, so that sessions begun with the earlier ones end. */
  readonly tokens: number;
}

/** How many of a room's newest runs keep all their checkpoints; of the others only the best and the last are kept. */
export interface Budget {
  readonly runs: number;
  /** Most megabytes (10⁶ bytes) of them together; null for any number. */
  readonly megabytes: number | null;
}

export const DEFAULT_ROOM = 0;

export const DEFAULT_BUDGET: Budget = { runs: 50, megabytes: null };

/** Most characters of a room's name. */
export const MOST_ROOM_NAME_LETTERS = 40;

/** What two names have in common if they name the same room: letters may be capital or small. */
export const roomKey = (name: string): string => name.normalize().toLowerCase();
