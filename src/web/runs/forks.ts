import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asText } from '../../recognition/json-field.ts';
import { forkKeeps, forkPatience, forkSettings } from '../../runs/fork.ts';
import type { Run } from '../../runs/run.ts';
import type { Settings } from '../../training/settings.ts';
import { answerForm } from '../answer.ts';
import { bodyFields } from '../http/bodies.ts';
import { correctionReach } from '../http/owner.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { sendStarted } from './answers.ts';
import { keptEpochs, notKept } from './checkpoints.ts';
import { sendRunPage } from './page.ts';
import { type FormErrors, readServe, sendSettingsProblem, settingsInput, wrongHere } from './settings.ts';
import { startOf } from './start.ts';

/** `POST /runs/:id/fork` with an `epoch` that has a checkpoint, and the settings to change from there on: a new run. */
export function runForkRoutes(app: FastifyInstance): void {
  app.post<{ Params: RunParams }>('/runs/:id/fork', async (request, reply) => {
    const parent = await findRun(request.workbench, request.params.id);
    const { epoch: asked, serve: service, ...fields } = bodyFields(request.body);
    const serve = readServe(service, request);
    const input = settingsInput(fields);
    const epoch = toEpoch(asked);
    const { settings, errors }: { settings?: Settings; errors?: FormErrors } =
      epoch === null
        ? { errors: { epoch: ['fields.forkEpoch'] } }
        : forkSettings(parent, await keptEpoch(request, parent, epoch), input);
    const corrections = correctionReach(request);
    // It keeps the parent's training data.
    const reach = parent.corrections === null ? corrections : null;
    const wrong: FormErrors | null = settings
      ? await wrongHere(request.workbench, settings, reach)
      : (errors ?? null);
    if (wrong !== null) {
      if (answerForm(request) === 'json') return sendSettingsProblem(reply, wrong);
      const fork = { epoch: asked, input, errors: wrong };
      return await sendRunPage(request, reply.code(422), parent, { fork });
    }
    const patienceFrom = forkPatience(parent, settings!, {
      epoch: epoch!,
      patienceFrom: await request.workbench.store.patienceFrom(parent.id),
    });
    const keeps = forkKeeps(parent.settings, settings!);
    const fork = { runId: parent.id, epoch: epoch!, keeps, patienceFrom };
    const run = await request.workbench.training.enqueue(settings!, { ...startOf(request), fork, serve });
    return await sendStarted(request, reply, run);
  });

  /** @throws CodedError 409 when its state is not kept */
  async function keptEpoch(request: FastifyRequest, parent: Run, epoch: number): Promise<number> {
    const kept = await keptEpochs(request.workbench, parent);
    if (!kept.includes(epoch)) throw notKept(parent, epoch, kept, 409);
    return epoch;
  }
}

function toEpoch(value: unknown): number | null {
  return /^\d{1,6}$/.test(asText(value)) ? Number(value) : null;
}
