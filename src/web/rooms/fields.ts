/** What a room is asked for by: its name and its budget. */
import { type Message, sayIf, type Translate } from '../../catalogue/catalogue.ts';
import { asText } from '../../recognition/json-field.ts';
import { type Budget, DEFAULT_BUDGET, MOST_ROOM_NAME_LETTERS, roomKey } from '../../rooms/room.ts';
import type { Field } from '../field.ts';
import { tidyName } from '../http/owner.ts';
import { DEFAULT_NAME } from '../http/room.ts';

export type RoomErrors = Readonly<Record<string, Message>>;

/** What was sent, to be shown again. */
export type RoomInput = Readonly<Record<string, unknown>>;

/** A letter or a digit first, so that the name can stand in an address. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'-]*$/u;
const MOST_RUNS = 100_000;
const MOST_MEGABYTES = 1_000_000;

export type Read<Wanted> =
  | { readonly wanted: Wanted; readonly errors?: never }
  | { readonly errors: RoomErrors };

/** A new room: its name, and its budget if that is not the default one. */
export function readRoom({ name, ...fields }: RoomInput): Read<{ name: string; budget: Budget }> {
  const { wanted: budget, errors = {} } = { wanted: undefined, ...readBudget(fields, DEFAULT_BUDGET) };
  const text = tidyName(asText(name ?? ''));
  const wrong = wrongName(text);
  if (budget === undefined || wrong !== null) return { errors: { ...(wrong && { name: wrong }), ...errors } };
  return { wanted: { name: text, budget } };
}

/** @param now what stays as it is when it is left out */
export function readBudget(fields: RoomInput, now: Budget): Read<Budget> {
  const { runs = now.runs, megabytes = now.megabytes ?? '', ...others } = fields;
  const kept = wholeNumber(runs, MOST_RUNS);
  const most = megabytes === null || megabytes === '' ? null : wholeNumber(megabytes, MOST_MEGABYTES);
  const errors: Record<string, Message> = {};
  if (kept === undefined) errors.runs = ['fields.roomRuns', { most: MOST_RUNS }];
  if (most === undefined) errors.megabytes = ['fields.roomMegabytes', { most: MOST_MEGABYTES }];
  for (const field of Object.keys(others)) errors[field.slice(0, 30)] = ['fields.roomUnknown'];
  if (kept === undefined || most === undefined || Object.keys(errors).length > 0) return { errors };
  return { wanted: { runs: kept, megabytes: most } };
}

/** Undefined for anything else. */
function wholeNumber(value: unknown, most: number): number | undefined {
  const text = asText(value).trim();
  return /^\d{1,7}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

function wrongName(name: string): Message | null {
  if ([...name].length > MOST_ROOM_NAME_LETTERS)
    return ['fields.roomNameLong', { most: MOST_ROOM_NAME_LETTERS }];
  if (!NAME.test(name)) return ['fields.roomName'];
  return roomKey(name) === DEFAULT_NAME ? ['fields.roomNameTaken', { name }] : null;
}

export const nameTaken = (name: string): RoomErrors => ({ name: ['fields.roomNameTaken', { name }] });

export function nameField(t: Translate, { name }: RoomInput, errors: RoomErrors): Field {
  return {
    name: 'name',
    label: t('rooms.name'),
    control: 'line',
    value: asText(name ?? ''),
    maxLength: MOST_ROOM_NAME_LETTERS,
    required: true,
    error: sayIf(t, errors.name),
  };
}

export function budgetFields(t: Translate, input: RoomInput, errors: RoomErrors): Field[] {
  return [
    {
      name: 'runs',
      label: t('rooms.keptRuns'),
      control: 'line',
      value: asText(input.runs ?? ''),
      inputMode: 'numeric',
      error: sayIf(t, errors.runs),
    },
    {
      name: 'megabytes',
      label: t('rooms.keptMegabytes'),
      hint: t('rooms.emptyForAny'),
      control: 'line',
      value: asText(input.megabytes ?? ''),
      inputMode: 'numeric',
      error: sayIf(t, errors.megabytes),
    },
  ];
}
