import { IntlMessageFormat } from 'intl-messageformat';
import { EN } from './en.ts';

export type MessageKey = keyof typeof EN;

/** All messages of a language. */
export type Catalogue = Readonly<Record<MessageKey, string>>;

/** Values for the names in a message: as shown, or messages themselves; numbers decide on plurals. */
export interface Values {
  readonly [name: string]: string | number | Message;
}

/** A message that has not been translated yet: `t(...message)`. */
export type Message = readonly [key: MessageKey, values?: Values];

/** Target of each link in a message: a path of ours, or null for text that is not a link. */
export type Links = Readonly<Record<string, string | null>>;

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
   * @param links `<name>…</name>` in the message → its path; null for text that is not a link
   */
  text(key: MessageKey, values: Values, links: Links): Text;
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
  const inWords = (values: Values): Shown => {
    const names = Object.keys(values);
    if (!names.some((name) => isMessage(values[name]))) return values as Shown;
    return Object.fromEntries(
      names.map((name) => {
        const value = values[name];
        return [name, isMessage(value) ? t(...value) : value];
      }),
    );
  };
  const plain = new Map<MessageKey, Plain | null>();
  const last = new Map<MessageKey, { readonly values: Shown; readonly said: string }>();
  const t = (key: MessageKey, values?: Values): string => {
    if (values === undefined) return catalogue[key];
    const shown = inWords(values);
    const known = plain.get(key);
    const say = known === undefined ? plainMessage(catalogue[key]) : known;
    if (known === undefined) plain.set(key, say);
    if (say !== null) return say(shown);
    // Polled fragments repeat the same messages.
    const before = last.get(key);
    if (before !== undefined && isSame(before.values, shown)) return before.said;
    const said = String(compile(key).format(shown));
    last.set(key, { values: shown, said });
    return said;
  };
  const lastTexts = new Map<
    MessageKey,
    { readonly values: Shown; readonly links: Links; readonly text: Text }
  >();
  const text: Translate['text'] = (key, given, links) => {
    const values = inWords(given);
    const before = lastTexts.get(key);
    if (before !== undefined && isSame(before.values, values) && isSame(before.links, links))
      return before.text;
    const tags = Object.entries(links).map(([name, href]) => [
      name,
      (pieces: readonly string[]) => (href === null ? pieces.join('') : { href, text: pieces.join('') }),
    ]);
    const pieces = compile(key).format<string | Link>({ ...values, ...Object.fromEntries(tags) });
    const said = Array.isArray(pieces) ? pieces : [pieces];
    lastTexts.set(key, { values, links, text: said });
    return said;
  };
  return Object.assign(t, { text, language });
}

type Shown = Readonly<Record<string, string | number>>;

const isMessage = (value: string | number | Message): value is Message => Array.isArray(value);

const PREFIX = 'browser.';

function isSame<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>): boolean {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => a[name] === b[name]);
}

type Plain = (values: Shown) => string;

/** A tenth of the library's time for a message that only names values, as most do; null for any other. */
function plainMessage(message: string): Plain | null {
  if (!/^[^<>{}'#]*(?:\{\w+\}[^<>{}'#]*)+$/.test(message)) return null;
  const pieces = message.split(/\{(\w+)\}/);
  return (values) => {
    let said = pieces[0];
    for (let i = 1; i < pieces.length; i += 2) {
      const value = values[pieces[i]];
      if (value === undefined) throw new Error(`"${message}" is said without "${pieces[i]}".`);
      said += value + pieces[i + 1];
    }
    return said;
  };
}

/** The sentence of a field's error, if any. */
export function sayIf(t: Translate, message: Message | undefined): string | undefined {
  return message && t(...message);
}

/** All messages as sentences, under the same names. */
export function sayAll(t: Translate, messages: Readonly<Record<string, Message>>): Record<string, string> {
  return Object.fromEntries(Object.entries(messages).map(([name, message]) => [name, t(...message)]));
}

/** Messages for scripts of a page, one per line: the key without "browser.", "=" and the message. */
export function browserMessages(t: Translate): string {
  const keys = (Object.keys(EN) as MessageKey[]).filter((key) => key.startsWith(PREFIX));
  return keys.map((key) => `${key.slice(PREFIX.length)}=${t(key)}`).join('\n');
}

/** For the log, for programs, and for tests. */
export const english = translate('en', EN);
