/** The run in training. */
export interface LearningRun {
  readonly id: string;
  /** Epochs it has finished. */
  readonly epochs: number;
}

/** From the page; null when none is training. */
export function learningRun(): LearningRun | null {
  const { history: id, learning: epochs } =
    document.querySelector<HTMLElement>('[data-learning]')?.dataset ?? {};
  return id && epochs ? { id, epochs: Number(epochs) } : null;
}

/** Calls back after each epoch of a run, and when it has ended. */
export function onLearning(heard: () => void): void {
  let before = JSON.stringify(learningRun());
  document.addEventListener('htmx:after:swap', () => {
    const now = JSON.stringify(learningRun());
    if (now === before) return;
    before = now;
    heard();
  });
}
