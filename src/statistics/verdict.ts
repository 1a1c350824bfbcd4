import { english, type Translate } from '../catalogue/catalogue.ts';
import type { Discordance } from './mcnemar.ts';

/** A p-value below it is called a significant difference. */
export const SIGNIFICANT = 0.05;

/**
 * What McNemar's test says, for people: "Run 5 is better than run 3 by 29 test images, p = 0.003: 60 are read by run 5 alone,
 * 31 by run 3 alone."
 *
 * @param better number of the more accurate run, the first one of the discordance
 * @param p adjusted if several pairs are compared
 * @param isChosenByTest the better one's weights were chosen by these very images: then it cannot be said to be better
 */
export function verdict(
  better: number,
  other: number,
  { onlyFirst, onlySecond }: Discordance,
  { p, isChosenByTest = false }: { readonly p: number; readonly isChosenByTest?: boolean },
  t: Translate = english,
): string {
  const values = {
    better,
    other,
    by: onlyFirst - onlySecond,
    onlyBetter: onlyFirst,
    onlyOther: onlySecond,
    p: pText(p),
  };
  if (onlyFirst + onlySecond === 0) return t('compare.verdictSame', values);
  if (p >= SIGNIFICANT) return t('compare.verdictNoDifference', values);
  return t(isChosenByTest ? 'compare.verdictChosenByTest' : 'compare.verdictBetter', values);
}

/** "p = 0.41", "p = 0.003", "p < 0.001" */
export function pText(p: number): string {
  if (p < 0.001) return 'p < 0.001';
  return `p = ${p < 0.1 ? p.toFixed(3) : p.toFixed(2)}`;
}
