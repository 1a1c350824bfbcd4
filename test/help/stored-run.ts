import type { FastifyInstance } from 'fastify';
import { DIGITS } from '../../src/network/lenet5.ts';
import type { RunStart } from '../../src/store/run-store.ts';
import type { Ending } from '../../src/training/ending.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/training/settings.ts';
import { addEpoch, begin, end } from './train.ts';

export interface StoredRun {
  readonly settings?: Partial<Settings>;
  readonly start?: RunStart;
  readonly epochs?: number;
  readonly state?: Ending | Ending['state'] | 'running' | 'queued';
}

/** A run as the store has it; nobody trains it. The weights after epoch n are all n, the last epoch is its best. */
export async function storeRun(
  { workbench: { store } }: FastifyInstance,
  { settings, start, epochs = 3, state = 'finished' }: StoredRun = {},
): Promise<number> {
  const { id } = await store.create({ ...DEFAULT_SETTINGS, epochs: 10, ...settings }, start);
  if (state === 'queued') return id;
  await begin(store, id);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const metrics = {
      loss: 0.3 / epoch,
      accuracy: 1 - 0.1 / epoch,
      val_loss: 0.2 / epoch,
      val_accuracy: 1 - 0.08 / epoch,
    };
    const weights = new Float32Array(DIGITS.parameterCount).fill(epoch);
    const checkpoint = { weights, slots: {}, step: 1719 * epoch, random: [1, 2, 3, epoch] };
    await addEpoch(store, id, { epoch, seconds: 1.5, ...metrics }, checkpoint, true);
  }
  if (state !== 'running') await end(store, id, typeof state === 'string' ? { state, reason: null } : state);
  return id;
}
