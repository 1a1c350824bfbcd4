import type { FastifyInstance } from 'fastify';
import type { Parts } from '../../app.ts';
import { CodedError } from '../../errors.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import { type Model, modelName } from '../../recognition/model.ts';
import type { ServingContext } from '../contexts.ts';
import { findRun } from '../runs/find-run.ts';
import { bodyFields } from '../runs/settings-input.ts';

/** `GET /model`: what reads now; `POST /model` with a `run` (or `shipped`) puts another one into service. */
export function servingRoutes(app: FastifyInstance, parts: Parts): void {
  app.get('/model', (_request, reply) => reply.send(modelJson(parts.recognition.serving)));

  app.post('/model', async (request, reply) => {
    const { run, ...others } = bodyFields(request.body);
    const wanted = String(run ?? '');
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw unknownField(unknown.slice(0, 30));
    if (wanted === '') {
      const message = 'Name a "run" by its number, or "shipped" for the model that came with the workbench.';
      throw new CodedError({ code: 'NO_RUN_NAMED', status: 422, message, field: 'run' });
    }
    const model =
      wanted === 'shipped' ? await parts.serveShipped() : await parts.serveRun(findRun(parts, wanted).id);
    if (model === null) {
      throw new CodedError({
        code: 'NO_WEIGHTS',
        status: 409,
        message: `Run ${wanted} has no weights yet: it has not finished an epoch.`,
      });
    }
    if (answerForm(request) === 'json') return reply.send(modelJson(model));
    return reply.redirect('/', 303);
  });
}

/** Dropped in silence, an "epoch" would seem to be understood. */
function unknownField(field: string): CodedError {
  const message = `A model is named by "run" alone, not by "${field}": the run's best epoch reads.`;
  return new CodedError({ code: 'UNKNOWN_FIELD', status: 422, message, field });
}

/** Null when nothing is serving. */
export function servingContext(model: Model | null): ServingContext | null {
  if (model === null) return null;
  const runId = model.source.kind === 'run' ? model.source.runId : null;
  return { name: modelName(model), runId, testAccuracy: model.testAccuracy };
}

function modelJson(model: Model | null) {
  if (model === null) return { model: null };
  const { source, activation, inputScale, testAccuracy } = model;
  return { model: modelName(model), source, activation, inputScale, testAccuracy };
}
