import type { Discordance } from './mcnemar.ts';

/** A p-value below it is called a significant difference. */
export const SIGNIFICANT = 0.05;

/**
 * What McNemar's test says, for people: "Run 5 is better than run 3 by 29 test images, p = 0.003: 60 are read by run 5 alone,
 * 31 by run 3 alone."
 *
 * @param better the one that reads more images, "run 5"; it is the first of the discordance
 * @param p adjusted, when several pairs are looked at
 * @param isChosenByTest the better one's weights were chosen by these very images: then it cannot be said to be better
 */
export function verdict(
  better: string,
  other: string,
  { onlyFirst, onlySecond }: Discordance,
  { p, isChosenByTest = false }: { readonly p: number; readonly isChosenByTest?: boolean },
): string {
  const name = capital(better);
  if (onlyFirst + onlySecond === 0) return `${name} and ${other} read the same images right.`;
  const by = onlyFirst - onlySecond;
  const split = `${thousands(onlyFirst)} are read by ${better} alone, ${thousands(onlySecond)} by ${other} alone`;
  if (p < SIGNIFICANT && isChosenByTest)
    return `${name} reads ${images(by)} more than ${other}, but its best epoch was chosen by the test set, so that this does not show which is better: ${split}.`;
  if (p < SIGNIFICANT) return `${name} is better than ${other} by ${images(by)}, ${pText(p)}: ${split}.`;
  return `${name} and ${other} differ by ${images(by)}; no significant difference, ${pText(p)}: ${split}.`;
}

/** "p = 0.41", "p = 0.003", "p < 0.001" */
export function pText(p: number): string {
  if (p < 0.001) return 'p < 0.001';
  return `p = ${p < 0.1 ? p.toFixed(3) : p.toFixed(2)}`;
}

function images(count: number): string {
  return `${thousands(count)} test image${count === 1 ? '' : 's'}`;
}

const thousands = (count: number) => count.toLocaleString('en');

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
