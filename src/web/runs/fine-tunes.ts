import type { FastifyInstance } from 'fastify';
import { CodedError } from '../../errors.ts';
import { modelName } from '../../recognition/model.ts';
import { fineTuneSettings } from '../../runs/fine-tune.ts';
import type { Workbench } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { correctionReach } from '../http/owner.ts';
import { runJson } from './json.ts';
import { missingCorrections } from './settings-input.ts';

/** `POST /fine-tunes`: a short run from the weights of the model that reads now, on the client's own corrections, or an admin's on all. */
export function fineTuneRoutes(app: FastifyInstance, workbench: Workbench): void {
  const { recognition, training } = workbench;
  app.post('/fine-tunes', (request, reply) => {
    const { serving } = recognition;
    if (serving === null) throw refusal('NO_MODEL', 'Please train your model.');
    const corrections = correctionReach(request);
    const missing = missingCorrections(workbench, corrections);
    if (missing !== null) throw refusal('NO_CORRECTIONS', missing);
    const { source, activation, inputScale, weights } = serving;
    const { runId, epoch } = source.kind === 'run' ? source : { runId: null, epoch: null };
    const from = { weights, parent: { name: modelName(serving), runId, epoch } };
    const start = { inputScale, from, owner: request.owner, corrections };
    const run = training.enqueue(fineTuneSettings(activation), start);
    const location = `/runs/${run.id}`;
    if (answerForm(request) !== 'json') return reply.redirect(location, 303);
    return reply.code(201).header('location', location).send(runJson(run, app.address));
  });
}

function refusal(code: string, message: string): CodedError {
  return new CodedError({ code, status: 409, message });
}
