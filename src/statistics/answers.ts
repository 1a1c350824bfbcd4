/** What follows from the predicted and the true class of each image. */

/** @returns [N] 1 for each right answer, else 0 */
export function hitsOf(answers: Uint8Array, labels: Uint8Array): Uint8Array {
  return answers.map((answer, i) => (answer === labels[i] ? 1 : 0));
}

/** The share of answers that are right, 0–1. */
export function accuracyOf(answers: Uint8Array, labels: Uint8Array): number {
  return hitsOf(answers, labels).reduce((sum, hit) => sum + hit, 0) / answers.length;
}

/** @returns [K, K] how often images of the row's class were predicted as the column's */
export function confusionOf(answers: Uint8Array, labels: Uint8Array, classes: number): Uint32Array {
  const counts = new Uint32Array(classes * classes);
  answers.forEach((answer, i) => {
    counts[labels[i] * classes + answer] += 1;
  });
  return counts;
}
