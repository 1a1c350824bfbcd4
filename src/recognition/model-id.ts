/** The names by which scripts and addresses name models: "shipped", "file", "12" for run 12's best epoch, "12.3" for its third. */
import type { ServedModel } from '../runs/service.ts';
import type { Model } from './model.ts';

export type ModelId =
  | Exclude<ServedModel, { kind: 'run' }>
  /** Null for its best epoch. */
  | { readonly kind: 'run'; readonly runId: number; readonly epoch: number | null };

/** Null for any other text. */
export function parseModelId(text: string): ModelId | null {
  if (text === 'shipped' || text === 'file') return { kind: text };
  const [, run, epoch = null] = /^([1-9]\d{0,9})(?:\.([1-9]\d{0,5}))?$/.exec(text) ?? [];
  if (run === undefined) return null;
  return { kind: 'run', runId: Number(run), epoch: epoch === null ? null : Number(epoch) };
}

export function modelId({ source, isBest }: Pick<Model, 'source' | 'isBest'>): string {
  if (source.kind !== 'run') return source.kind;
  return isBest === false ? `${source.runId}.${source.epoch}` : String(source.runId);
}

/** Of one that is not at hand: by its epoch. */
export function servedId(model: ServedModel): string {
  return model.kind === 'run' ? `${model.runId}.${model.epoch}` : model.kind;
}

/** Where its weights come from, as the history has it. */
export function servedModel({ source }: Pick<Model, 'source'>): ServedModel {
  return source.kind === 'run'
    ? { kind: 'run', runId: source.runId, epoch: source.epoch }
    : { kind: source.kind };
}
