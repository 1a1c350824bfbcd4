/** The input of `POST /recognize`. */

import { isInput, nothingSent, takeInput } from '../images/input.ts';
import type { Taken } from '../images/taken.ts';
import type { Steps } from '../time-slices.ts';
import { checkInputs } from './batch.ts';
import { type EncodedBody, parseBody } from './body.ts';
import { collectInputs, type SentInputs } from './inputs.ts';
import { jsonField } from './json-field.ts';
import { hasMatrix, type SentFields, sentInput } from './sent-input.ts';

export interface Question {
  /** Is it the list `inputs`? */
  readonly isMany: boolean;
  readonly inputs: SentInputs;
  /** The run to read it with, after its latest epoch; null when omitted. */
  readonly run: string | null;
  /** The model to read it with: its id, "service" or "mine"; null when omitted. */
  readonly model: string | null;
  /** A model that is to read it too, likewise. */
  readonly beside: string | null;
  /** How it was sent. */
  readonly source: 'drawing' | 'matrix' | 'picture' | 'batch' | 'nothing';
  /** Is it a matrix alone, as the tutorial's scripts send it? */
  readonly isTutorial: boolean;
}

/** Longer texts name no run and no model. */
const MOST_RUN_LETTERS = 40;

/** @throws CodedError 400 or 422 when the body as a whole cannot be used */
export function* decodeQuestion(body: EncodedBody): Steps<Question> {
  const fields = parseBody(body);
  yield;
  return yield* toQuestion(fields, { isForm: body.format === 'fields' });
}

/** Of a form whose fields are known; null when nothing was sent. */
export function decodeFields(fields: SentFields | null): Steps<Question> {
  return toQuestion(fields, { isForm: true });
}

/** A picture's file, alone. */
export function askPicture(
  file: Uint8Array,
  {
    run,
    model,
    beside,
  }: { readonly run?: unknown; readonly model?: unknown; readonly beside?: unknown } = {},
): Question {
  const inputs = { images: new Uint8Array(), each: [{ file }] };
  const named = { run: textOf(run), model: textOf(model), beside: textOf(beside) };
  return { isMany: false, inputs, ...named, source: 'picture', isTutorial: false };
}

function* toQuestion(sent: unknown, { isForm }: { isForm: boolean }): Steps<Question> {
  const fields = isInput(sent) ? (sent as SentFields) : {};
  const isMany = 'inputs' in fields;
  const inputs = isMany
    ? yield* collectInputs(checkInputs(jsonField(fields.inputs, 'inputs')), takeOneOfMany)
    : yield* collectInputs([fields], (fields) => takeInput(sentInput(fields, { isForm })));
  const isMatrix = hasMatrix(fields);
  return {
    isMany,
    inputs,
    run: textOf(fields.run),
    model: textOf(fields.model),
    beside: textOf(fields.beside),
    source: isMany ? 'batch' : sourceOf(fields, isMatrix),
    isTutorial: isMatrix && !('strokes' in fields),
  };
}

/** The pad sends strokes and matrix; the strokes are used. */
function sourceOf({ strokes, image }: SentFields, isMatrix: boolean): Question['source'] {
  if (strokes) return 'drawing';
  if (isMatrix) return 'matrix';
  return image ? 'picture' : 'nothing';
}

function takeOneOfMany(input: unknown): Taken {
  if (!isInput(input)) throw nothingSent();
  return takeInput(sentInput(input as SentFields, { isForm: false }));
}

function textOf(run: unknown): string | null {
  if (run === undefined || run === null) return null;
  return typeof run === 'object'
    ? JSON.stringify(run).slice(0, MOST_RUN_LETTERS)
    : String(run).slice(0, MOST_RUN_LETTERS);
}
