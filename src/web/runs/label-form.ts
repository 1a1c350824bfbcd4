import { type Message, sayIf, type Translate } from '../../catalogue/catalogue.ts';
import type { Run } from '../../runs/run.ts';
import type { Field } from '../field.ts';

export const MOST_NAME = 80;
export const MOST_NOTE = 2_000;

/** views/runs/_label.eta */
export interface LabelForm {
  readonly id: number;
  /** Name and note. */
  readonly fields: readonly Field[];
  readonly pinned: boolean;
  /** Error of the checkbox. */
  readonly problem: string | undefined;
  readonly open: boolean;
}

export interface LabelErrors {
  readonly name?: Message;
  readonly note?: Message;
  readonly pinned?: Message;
}

/** Input that was sent and is invalid. */
export interface LabelAttempt {
  readonly name: string;
  readonly note: string;
  readonly errors: LabelErrors;
}

export function labelForm(t: Translate, { id, name, note, pinned }: Run, attempt?: LabelAttempt): LabelForm {
  const shown = { name, note, errors: {} as LabelErrors, ...attempt };
  const { errors } = shown;
  return {
    id,
    fields: [
      {
        name: 'name',
        label: t('runs.name'),
        control: 'line',
        value: shown.name,
        maxLength: MOST_NAME,
        error: sayIf(t, errors.name),
      },
      {
        name: 'note',
        label: t('runs.note'),
        control: 'area',
        value: shown.note,
        maxLength: MOST_NOTE,
        error: sayIf(t, errors.note),
      },
    ],
    pinned,
    problem: sayIf(t, errors.pinned),
    open: Object.keys(errors).length > 0,
  };
}
