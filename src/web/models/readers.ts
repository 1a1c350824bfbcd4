/** Which models read what a browser draws: remembered by cookies, until it chooses others. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { asText } from '../../recognition/json-field.ts';
import { type Model, modelName } from '../../recognition/model.ts';
import { parseModelId } from '../../recognition/model-id.ts';
import { answerForm } from '../answer.ts';
import type { Field, FieldOption } from '../field.ts';
import { bodyFields } from '../http/bodies.ts';
import { noSuchModel, ownReading } from './serving.ts';

const COOKIES = { model: 'workbench-reader', beside: 'workbench-beside' } as const;
const YEAR_SECONDS = 365 * 24 * 3600;
/** Newest runs that one can choose from beside the pad; the others by their pages. */
const OFFERED_RUNS = 8;

/** `POST /reader` remembers in a browser the `model` that reads its drawings, and the one `beside` it, if any. */
export function readerRoutes(app: FastifyInstance): void {
  app.post('/reader', async (request, reply) => {
    const { model, beside, ...others } = bodyFields(request.body);
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      const message: Message = ['errors.readerTakes', { field: unknown.slice(0, 30) }];
      throw new CodedError({ code: 'UNKNOWN_FIELD', status: 422, message, field: unknown.slice(0, 30) });
    }
    const wanted = { model: asText(model ?? ''), beside: asText(beside ?? '') };
    for (const id of Object.values(wanted)) if (!(await isKnown(request, id))) throw noSuchModel(id);
    for (const name of ['model', 'beside'] as const) remember(reply, COOKIES[name], wanted[name]);
    return answerForm(request) === 'page' ? reply.redirect('/', 303) : reply.code(204).send();
  });
}

/** What the browser has chosen, by the models' ids, "mine" or "service"; empty for nothing. */
export function chosenReaders({ cookies }: FastifyRequest): {
  readonly model: string;
  readonly beside: string;
} {
  return { model: cookies[COOKIES.model] ?? '', beside: cookies[COOKIES.beside] ?? '' };
}

/** The two fields beside the pad. */
export async function readerFields(request: FastifyRequest): Promise<Field[]> {
  const { t, workbench } = request;
  const { choice, recognition, store } = workbench;
  const own = await ownReading(request);
  const chosen = chosenReaders(request);
  const { runs } = await store.list({ limit: OFFERED_RUNS, ...(own && { owner: request.owner!.id }) });
  const named = async (id: string): Promise<FieldOption[]> => {
    const model = await choice.model(id);
    return model === null ? [] : [{ value: id, label: labelOf(model) }];
  };
  const labelOf = (model: Model) => modelName(model, t);
  const serving = recognition.serving ? labelOf(recognition.serving) : '';
  const options: FieldOption[] = [
    ...(own
      ? [{ value: 'mine', label: t('drawing.mine', { name: own.model ? labelOf(own.model) : serving }) }]
      : []),
    { value: 'service', label: t('drawing.service', { name: serving }) },
    ...(await named('shipped')),
    ...runs.flatMap(({ id, bestEpoch }) =>
      bestEpoch === null
        ? []
        : [
            {
              value: String(id),
              label: modelName({ source: { kind: 'run', runId: id, epoch: bestEpoch } }, t),
            },
          ],
    ),
  ];
  const withChosen = async (value: string) =>
    value === '' || options.some((option) => option.value === value)
      ? options
      : [...options, ...(await named(value))];
  return [
    {
      name: 'model',
      label: t('drawing.readWith'),
      control: 'select',
      value: chosen.model || (own ? 'mine' : 'service'),
      options: await withChosen(chosen.model),
    },
    {
      name: 'beside',
      label: t('drawing.compareWith'),
      control: 'select',
      value: chosen.beside,
      options: [{ value: '', label: t('drawing.compareWithNone') }, ...(await withChosen(chosen.beside))],
    },
  ];
}

async function isKnown(request: FastifyRequest, id: string): Promise<boolean> {
  if (['', 'mine', 'service'].includes(id)) return true;
  return parseModelId(id) !== null && (await request.workbench.choice.model(id)) !== null;
}

function remember(reply: FastifyReply, name: string, value: string): void {
  const options = {
    httpOnly: true,
    sameSite: 'lax',
    secure: 'auto',
    path: reply.server.address('/'),
  } as const;
  if (value === '') reply.clearCookie(name, options);
  else reply.setCookie(name, value, { ...options, maxAge: YEAR_SECONDS });
}
