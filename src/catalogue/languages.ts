import Negotiator from 'negotiator';
import { english, type Translate } from './catalogue.ts';

/** By their tags; the first one is for clients that accept none of them. */
export const LANGUAGES: readonly Translate[] = [english];

/** @param header Accept-Language */
export function wantedLanguage(header: string | undefined, languages = LANGUAGES): Translate {
  const [first] = languages;
  if (languages.length === 1 || header === undefined) return first;
  const tags = languages.map(({ language }) => language);
  const [wanted] = new Negotiator({ headers: { 'accept-language': header } }).languages(tags);
  return languages.find(({ language }) => language === wanted) ?? first;
}
