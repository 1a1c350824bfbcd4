import type { Owner } from './run.ts';

/** A model that is or was in service. */
export type ServedModel =
  | { readonly kind: 'shipped' | 'file' }
  /** The weights of a run after an epoch. */
  | { readonly kind: 'run'; readonly runId: number; readonly epoch: number };

/**
 * Why a model went into service: the server or the room began with it, its run ended, somebody chose it, somebody went back to it, or
 * the one before it was erased with its owner's data.
 */
export const SERVICE_REASONS = ['started', 'trained', 'chosen', 'rolledback', 'erased'] as const;

export type ServiceReason = (typeof SERVICE_REASONS)[number];

/** One entry of a room's history of models in service: the newest is the current one. */
export interface Service {
  /** Rises from entry to entry; not by one, as all rooms share the numbers. */
  readonly id: number;
  readonly model: ServedModel;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Who chose it; null when nobody did, or somebody unknown. */
  readonly chosenBy: Owner | null;
  readonly reason: ServiceReason;
  /** Are its weights still kept? Always, unless it is a run's. */
  readonly isKept: boolean;
}

export function isSameModel(a: ServedModel, b: ServedModel): boolean {
  if (a.kind !== 'run' || b.kind !== 'run') return a.kind === b.kind;
  return a.runId === b.runId && a.epoch === b.epoch;
}
