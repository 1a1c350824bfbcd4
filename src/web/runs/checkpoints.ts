import type { FastifyInstance } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { writeSafetensors } from '../../formats/safetensors.ts';
import type { KeptCheckpoint, Run } from '../../runs/run.ts';
import type { Workbench } from '../../workbench.ts';
import { settingsLine } from '../format.ts';
import { findRun, type RunParams } from '../models/find-run.ts';

export interface ListedCheckpoint extends KeptCheckpoint {
  readonly val_accuracy: number;
  readonly isBest: boolean;
  /** Address of its weights. */
  readonly url: string;
}

/** views/runs/_checkpoints.eta */
export interface CheckpointsContext {
  readonly kept: readonly ListedCheckpoint[];
  /** Of all of them. */
  readonly bytes: number;
  /** Size of the whole database. */
  readonly databaseBytes: number;
  /** How many of the newest runs keep all checkpoints. */
  readonly unthinnedRuns: number;
}

/** `GET /runs/:id/checkpoints`: the epochs whose state is kept; `…/3.safetensors`: the weights after one of them. */
export function runCheckpointRoutes(app: FastifyInstance): void {
  app.get<{ Params: RunParams }>('/runs/:id/checkpoints', async (request, reply) => {
    const run = await findRun(request.workbench, request.params.id);
    const { kept, bytes, databaseBytes } = await checkpointsContext(request.workbench, run);
    return reply.header('cache-control', 'no-store').send({
      checkpoints: kept.map(({ url, ...checkpoint }) => ({ ...checkpoint, url: app.address(url) })),
      bytes,
      databaseBytes,
    });
  });

  app.get<{ Params: RunParams & { file: string } }>('/runs/:id/checkpoints/:file', async (request, reply) => {
    const run = await findRun(request.workbench, request.params.id);
    const epoch = Number(/^(\d{1,3})\.safetensors$/.exec(request.params.file)?.[1] ?? Number.NaN);
    if (Number.isNaN(epoch)) throw noSuchFile(run);
    const model = await request.workbench.store.checkpoints.model(run.id, epoch);
    if (model === null) throw notKept(run, epoch, await keptEpochs(request.workbench, run), 404);
    const { weights, activation, inputScale, temperature } = model;
    const testAccuracy = epoch === run.bestEpoch ? run.testAccuracy : null;
    const made = `The LeNet-5 workbench, run ${run.id}, epoch ${epoch}: ${settingsLine(run.settings)}.`;
    const file = writeSafetensors(weights, { activation, inputScale, testAccuracy, temperature, made });
    return reply
      .type('application/octet-stream')
      .header('content-disposition', `attachment; filename="lenet5-run-${run.id}-epoch-${epoch}.safetensors"`)
      .send(Buffer.from(file.buffer));
  });
}

/** The epochs of a run with a checkpoint, in order. */
export async function keptEpochs(
  { store }: Pick<Workbench, 'store'>,
  { id }: Pick<Run, 'id'>,
): Promise<number[]> {
  return (await store.checkpoints.list(id)).map(({ epoch }) => epoch);
}

/** The requested checkpoint does not exist, or no longer does. */
export function notKept(
  { id }: Pick<Run, 'id'>,
  epoch: number,
  kept: readonly number[],
  status: 404 | 409,
): CodedError {
  const others =
    kept.length === 0
      ? 'it has not finished an epoch yet'
      : kept.length === 1
        ? `only that after epoch ${kept[0]} is`
        : `those after epochs ${kept.slice(0, -1).join(', ')} and ${kept.at(-1)} are`;
  const message: Message = ['errors.runSStateAfterEpoch', { id, epoch, others }];
  return new CodedError({ code: 'NOT_KEPT', status, message, field: 'epoch' });
}

function noSuchFile({ id }: Run): CodedError {
  const message: Message = ['errors.thereIsNothingAtThis2', { id }];
  return new CodedError({ code: 'NOT_FOUND', status: 404, message });
}

export async function checkpointsContext({ store, room }: Workbench, run: Run): Promise<CheckpointsContext> {
  const epochs = new Map(run.epochs.map((epoch) => [epoch.epoch, epoch]));
  const kept = (await store.checkpoints.list(run.id)).map(
    ({ epoch, bytes }): ListedCheckpoint => ({
      epoch,
      val_accuracy: epochs.get(epoch)!.val_accuracy,
      isBest: epoch === run.bestEpoch,
      bytes,
      url: `/runs/${run.id}/checkpoints/${epoch}.safetensors`,
    }),
  );
  return {
    kept,
    bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0),
    databaseBytes: (await store.size()).bytes,
    unthinnedRuns: room.budget.runs,
  };
}
