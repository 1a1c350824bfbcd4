/** What was sent to start a run → its settings and who wants it, or a sentence for each field that cannot be used. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import type { Workbench } from '../../workbench.ts';
import '../http/access.ts';
import { type CorrectionReach, reachFilter } from '../../corrections/correction.ts';
import { NO_CORRECTIONS, NO_CORRECTIONS_OF_YOURS } from '../../training/sentences.ts';
import {
  type Settings,
  type SettingsErrors,
  type SettingsInput,
  unknownFields,
} from '../../training/settings.ts';
import { MOST_NAME_LETTERS, rename, tidyName } from '../http/owner.ts';

/** Beside the settings' own: of the name somebody gives themselves, and of the epoch that a fork begins after. */
export type FormErrors = SettingsErrors & { readonly who?: string; readonly epoch?: string };

/** @throws CodedError 422 for a field that no run has */
export function settingsInput(fields: Readonly<Record<string, unknown>>): SettingsInput {
  const unknown = unknownFields(fields);
  if (unknown) throw new CodedError({ code: 'UNKNOWN_SETTING', status: 422, message: unknown });
  return fields;
}

/**
 * Is the run to go into service when it ends? Null when the client leaves that to the server.
 *
 * @param value of the field `serve`
 * @throws CodedError 403 when the client may not choose the model, 422 when it is neither true nor false
 */
export function readServe(value: unknown, { role }: Pick<FastifyRequest, 'role'>): boolean | null {
  if (value === undefined || value === null || value === '') return null;
  if (value === false || value === 'false') return false;
  if (value !== true && value !== 'true') {
    const message = '"serve" must be true or false.';
    throw new CodedError({ code: 'BAD_SERVE', status: 422, message, field: 'serve' });
  }
  if (role === 'admin') return true;
  const message =
    'Only an admin may choose the model that everybody is read by: send serve=false, or leave it out.';
  throw new CodedError({ code: 'ADMIN_ONLY', status: 403, message, field: 'serve' });
}

/**
 * Settings that are right in themselves but not here and now; null when nothing is wrong.
 *
 * @param reach whose corrections would be learnt from; null when that is settled already
 */
export function wrongHere(
  workbench: Pick<Workbench, 'speeds' | 'corrections'>,
  settings: Settings,
  reach: CorrectionReach | null,
): SettingsErrors | null {
  const { absent } = workbench.speeds.get(settings.engine);
  if (absent !== null) return { engine: absent };
  const missing = settings.data === 'mnist+corrections' && reach && missingCorrections(workbench, reach);
  return missing ? { data: missing } : null;
}

/** A sentence when there are none to learn from, else null. */
export function missingCorrections(
  { corrections }: Pick<Workbench, 'corrections'>,
  reach: CorrectionReach,
): string | null {
  if (corrections.count(reachFilter(reach)) > 0) return null;
  return reach === 'everybody' || corrections.count() === 0 ? NO_CORRECTIONS : NO_CORRECTIONS_OF_YOURS;
}

/**
 * Takes over what somebody wants to be called.
 *
 * @param who of the form; left out, they are called what they were called before
 * @returns a sentence when it cannot be used, else null
 */
export function takeName(request: FastifyRequest, reply: FastifyReply, who: unknown): string | null {
  if (who === undefined) return null;
  if (typeof who !== 'string') return 'Your name must be a text.';
  const name = tidyName(who);
  if ([...name].length > MOST_NAME_LETTERS) return `Your name can have ${MOST_NAME_LETTERS} letters at most.`;
  rename(request, reply, name);
  return null;
}

/** The answer to a script: every field that cannot be used, with its sentence. */
export function sendSettingsProblem(reply: FastifyReply, errors: FormErrors): FastifyReply {
  return reply
    .code(422)
    .type('application/problem+json')
    .send({
      type: 'about:blank',
      title: 'Cannot be used',
      status: 422,
      code: 'SETTINGS',
      detail: Object.values(errors).join(' '),
      errors,
    });
}
