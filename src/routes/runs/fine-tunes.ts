import type { FastifyInstance } from 'fastify';
import type { Parts } from '../../app.ts';
import { CodedError } from '../../errors.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import { modelName } from '../../recognition/model.ts';
import { fineTuneSettings } from '../../training/fine-tune.ts';
import { NO_CORRECTIONS } from '../../training/sentences.ts';
import { runJson } from './run-json.ts';

/** `POST /fine-tunes`: a short run from the weights of the model that reads now, on the corrections. */
export function fineTuneRoutes(app: FastifyInstance, { corrections, recognition, training }: Parts): void {
  app.post('/fine-tunes', (request, reply) => {
    const { serving } = recognition;
    if (serving === null) throw refusal('NO_MODEL', 'Please train your model.');
    if (corrections.count() === 0) throw refusal('NO_CORRECTIONS', NO_CORRECTIONS);
    const { source, activation, inputScale, weights } = serving;
    const { runId, epoch } = source.kind === 'run' ? source : { runId: null, epoch: null };
    const from = { weights, parent: { name: modelName(serving), runId, epoch } };
    const run = training.enqueue(fineTuneSettings(activation), { inputScale, from, owner: request.owner });
    const location = `/runs/${run.id}`;
    if (answerForm(request) !== 'json') return reply.redirect(location, 303);
    return reply.code(201).header('location', location).send(runJson(run));
  });
}

function refusal(code: string, message: string): CodedError {
  return new CodedError({ code, status: 409, message });
}
