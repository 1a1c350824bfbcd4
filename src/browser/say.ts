import type { MessageKey } from '../catalogue/catalogue.ts';

type BrowserKey = Extract<MessageKey, `browser.${string}`>;

let messages: Map<string, string> | undefined;

/** A message from the page, in its language. */
export function say(key: BrowserKey, values: Readonly<Record<string, string | number>> = {}): string {
  messages ??= new Map(
    (document.body.dataset.messages as string).split('\n').map((line): [string, string] => {
      const end = line.indexOf('=');
      return [`browser.${line.slice(0, end)}`, line.slice(end + 1)];
    }),
  );
  const message = messages.get(key) as string;
  return message.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
