/** What the page's scripts use of htmx, which is loaded before them: https://four.htmx.org/reference */
interface Window {
  readonly htmx: {
    /** Wires up what has come or changed; `force` also what was wired up already. */
    process(root: Element, force?: boolean): void;
    /** Swaps a piece of HTML in, with all the events of an answer. */
    swap(swap: {
      readonly text: string;
      readonly target: Element;
      readonly swap: 'outerMorph';
      readonly sourceElement: Element;
    }): Promise<void>;
  };
}
