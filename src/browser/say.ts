import type { MessageKey } from '../catalogue/catalogue.ts';

type BrowserKey = Extract<MessageKey, `browser.${string}`>;

let messages: Readonly<Record<BrowserKey, string>> | undefined;

/** A message that the page brought along, in its language. */
export function say(key: BrowserKey, values: Readonly<Record<string, string | number>> = {}): string {
  messages ??= JSON.parse(document.body.dataset.messages as string);
  return messages![key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
