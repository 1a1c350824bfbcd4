import type { FastifyInstance } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { asText } from '../../recognition/json-field.ts';
import type { Run, RunLabel } from '../../runs/run.ts';
import { answerForm } from '../answer.ts';
import { bodyFields } from '../http/bodies.ts';
import { checkOwner, tidyName } from '../http/owner.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { sendChanged } from './answers.ts';
import { type LabelErrors, MOST_NAME, MOST_NOTE } from './label-form.ts';
import { sendRunPage } from './page.ts';

const FIELDS = ['name', 'note', 'pinned'];

type Fields = Readonly<Record<string, unknown>>;

/** `PATCH /runs/:id` with `name`, `note` or `pinned`; without script `POST /runs/:id/label` with all three. */
export function runLabelRoutes(app: FastifyInstance): void {
  app.patch<{ Params: RunParams }>('/runs/:id', async (request, reply) => {
    const run = await ownRun(request);
    const { label, errors } = readLabel(bodyFields(request.body));
    if (errors) throw refusal(errors);
    await request.workbench.store.setLabel(run.id, label);
    return await sendChanged(request, reply, (await request.workbench.store.get(run.id))!);
  });

  app.post<{ Params: RunParams }>('/runs/:id/label', async (request, reply) => {
    const run = await ownRun(request);
    const fields = bodyFields(request.body);
    // A form omits an unticked checkbox.
    const { label, errors } = readLabel({ name: '', note: '', ...fields, pinned: fields.pinned ?? false });
    if (errors) {
      if (answerForm(request) === 'json') throw refusal(errors);
      const { name = '', note = '' } = fields;
      const attempt = { name: asText(name), note: asText(note), errors };
      return await sendRunPage(request, reply.code(422), run, { label: attempt });
    }
    await request.workbench.store.setLabel(run.id, label);
    return await sendChanged(request, reply, (await request.workbench.store.get(run.id))!);
  });

  async function ownRun(request: Parameters<typeof checkOwner>[0] & { params: RunParams }): Promise<Run> {
    const run = await findRun(request.workbench, request.params.id);
    checkOwner(request, run, 'change');
    return run;
  }
}

type Read =
  | { readonly label: Partial<RunLabel>; readonly errors?: never }
  | { readonly label?: never; readonly errors: LabelErrors };

/** @throws CodedError 422 for a field that a label does not have */
function readLabel(fields: Fields): Read {
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    const message: Message = [
      'errors.aRunSLabelHas',
      { unknown: unknown.slice(0, 30), fIELDS: FIELDS.join(', ') },
    ];
    throw new CodedError({ code: 'UNKNOWN_FIELD', status: 422, message, field: unknown.slice(0, 30) });
  }
  const errors: Record<string, Message> = {};
  const text = (name: 'name' | 'note', most: number, tidy: (text: string) => string) => {
    const value = fields[name];
    if (value === undefined) return {};
    if (typeof value !== 'string') errors[name] = ['fields.labelText', { field: name }];
    else if ([...tidy(value)].length > most) errors[name] = ['fields.labelLong', { field: name, most }];
    else return { [name]: tidy(value) };
    return {};
  };
  const label = {
    ...text('name', MOST_NAME, tidyName),
    ...text('note', MOST_NOTE, tidyNote),
    ...(fields.pinned !== undefined && { pinned: fields.pinned === true || fields.pinned === 'true' }),
  };
  if (!PINNED.includes(fields.pinned)) errors.pinned = ['fields.pinned'];
  return Object.keys(errors).length > 0 ? { errors } : { label };
}

const PINNED: readonly unknown[] = [undefined, true, false, 'true', 'false'];

/** Line breaks are kept; other control characters are not. */
function tidyNote(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{C}\n\t]/gu, '')
    .trim();
}

function refusal(errors: LabelErrors): CodedError {
  const [[field, message]] = Object.entries(errors);
  return new CodedError({ code: 'LABEL', status: 422, message, field });
}
