import type { PageContext } from '../page.ts';

/** views/docs/index.eta */
export interface DocsContext extends PageContext {
  readonly version: string;
  readonly sections: readonly DocsSection[];
  /** What is sent and answered in several places: its JSON Schema. */
  readonly components: readonly { readonly name: string; readonly schema: string }[];
}

/** Operations of one kind. */
export interface DocsSection {
  readonly title: string;
  readonly description: string;
  readonly operations: readonly DocsOperation[];
}

export interface DocsOperation {
  /** For links to it. */
  readonly anchor: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string | null;
  readonly parameters: readonly { readonly name: string; readonly where: string; readonly about: string }[];
  readonly bodies: readonly DocsContent[];
  readonly answers: readonly {
    readonly status: string;
    readonly description: string;
    readonly contents: readonly DocsContent[];
  }[];
}

/** A content type, and what it holds: a component by name, or a JSON Schema. */
export interface DocsContent {
  readonly type: string;
  readonly component: string | null;
  readonly schema: string | null;
}
