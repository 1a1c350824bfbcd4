import { IntlMessageFormat } from 'intl-messageformat';
import { EN } from './en.ts';

export type MessageKey = keyof typeof EN;

/** All messages of a language. */
export type Catalogue = Readonly<Record<MessageKey, string>>;

/** What stands for the names in a message, as it is to be shown; a number decides between one and several. */
export type Values = Readonly<Record<string, string | number>>;

/** A message that is not in any language yet: `t(...message)`. */
export type Message = readonly [key: MessageKey, values?: Values];

/** A text in pieces: plain ones, and links with the address of a path of ours. */
export type Text = readonly (string | Link)[];

export interface Link {
  readonly href: string;
  readonly text: string;
}

/** Says messages in one language. */
export interface Translate {
  /** @throws when a value that the message names is missing */
  (key: MessageKey, values?: Values): string;
  /**
   * A message with links in it.
   *
   * @param links `<name>…</name>` in the message → the path that it leads to; null for text that is no link
   */
  text(key: MessageKey, values: Values, links: Readonly<Record<string, string | null>>): Text;
  /** BCP 47. */
  readonly language: string;
}

/** @param language BCP 47: the one that `catalogue` is in */
export function translate(language: string, catalogue: Catalogue): Translate {
  const compiled = new Map<MessageKey, IntlMessageFormat>();
  const compile = (key: MessageKey) => {
    const message = compiled.get(key) ?? new IntlMessageFormat(catalogue[key], language);
    compiled.set(key, message);
    return message;
  };
  const t = (key: MessageKey, values?: Values) =>
    values === undefined ? catalogue[key] : String(compile(key).format(values));
  const text: Translate['text'] = (key, values, links) => {
    const tags = Object.entries(links).map(([name, href]) => [
      name,
      (pieces: readonly string[]) => (href === null ? pieces.join('') : { href, text: pieces.join('') }),
    ]);
    const pieces = compile(key).format<string | Link>({ ...values, ...Object.fromEntries(tags) });
    return Array.isArray(pieces) ? pieces : [pieces];
  };
  return Object.assign(t, { text, language });
}

/** Those that scripts of a page say, as JSON. */
export function browserMessages(t: Translate): string {
  const keys = (Object.keys(EN) as MessageKey[]).filter((key) => key.startsWith('browser.'));
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, t(key)])));
}

/** For the log, for programs, and for tests. */
export const english = translate('en', EN);
