import { CodedError } from '../errors.ts';

/** The refusal of a database whose tables this program does not know. */
export function newer(version: number, known: number): CodedError {
  return new CodedError({
    code: 'STORE_NEWER',
    status: 500,
    message: `The database was made by a newer version of this program (${version}, this one knows ${known}). Start that version, or another data folder.`,
  });
}
