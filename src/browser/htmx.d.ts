/** The part of htmx, which is loaded first, that the page's scripts use: https://four.htmx.org/reference */
interface Window {
  readonly htmx: {
    /** Processes new or changed elements; with `force`, also processed ones. */
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
