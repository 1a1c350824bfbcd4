/** What is asked of `POST /recognize`. */
import { checkInputs } from './batch.ts';
import { type EncodedBody, parseBody } from './body.ts';
import { type Input, inputToImages, isInput, nothingSent } from './input.ts';
import { collectInputs, type Inputs } from './inputs.ts';
import { jsonField } from './json-field.ts';
import type { Steps } from './time-slices.ts';

/** What a client sends: one of the three, or many `inputs`. */
export interface QuestionFields extends Input {
  readonly image?: unknown;
  readonly inputs?: unknown;
  /** The run that is to read it, as it is after its last epoch; else the serving model does. */
  readonly run?: unknown;
}

export interface Question {
  /** Is it the list `inputs`? */
  readonly isMany: boolean;
  readonly inputs: Inputs;
  /** Null when it was left out. */
  readonly run: string | null;
  /** How it was sent. */
  readonly source: 'drawing' | 'matrix' | 'batch' | 'nothing';
  /** Is it a matrix alone, as the tutorial's scripts send it? */
  readonly isTutorial: boolean;
}

/** Longer texts name no run. */
const MOST_RUN_LETTERS = 40;

/** @throws CodedError 400 or 422 when the body as a whole cannot be used */
export function* decodeQuestion(body: EncodedBody): Steps<Question> {
  const fields = parseBody(body);
  yield;
  return yield* toQuestion(isInput(fields) ? fields : null);
}

/** @param fields null when something else was sent */
export function* toQuestion(fields: QuestionFields | null): Steps<Question> {
  const isMany = fields !== null && 'inputs' in fields;
  const inputs = isMany
    ? yield* collectInputs(checkInputs(fields.inputs), manyToImages)
    : yield* collectInputs([fields], oneToImages);
  const hasMatrix = fields !== null && 'matrix' in fields;
  return {
    isMany,
    inputs,
    run: runNamed(fields?.run),
    // The pad sends both, and its strokes are read.
    source: isMany ? 'batch' : fields?.strokes ? 'drawing' : hasMatrix ? 'matrix' : 'nothing',
    isTutorial: hasMatrix && !('strokes' in fields),
  };
}

function manyToImages(input: unknown): Uint8Array[] {
  if (!isInput(input)) throw nothingSent();
  return inputToImages(input);
}

/** A form carries JSON as text. */
function oneToImages(fields: QuestionFields | null): Uint8Array[] {
  if (fields === null) throw nothingSent();
  const { matrix, strokes } = fields;
  return inputToImages({ matrix: jsonField(matrix, 'matrix'), strokes: jsonField(strokes, 'strokes') });
}

function runNamed(run: unknown): string | null {
  if (run === undefined) return null;
  return typeof run === 'object'
    ? JSON.stringify(run).slice(0, MOST_RUN_LETTERS)
    : String(run).slice(0, MOST_RUN_LETTERS);
}
