/**
 * What each template is given: the contract between the routes that render and the files in views/.
 *
 * Templates reach these as `it`, with the formatters of web/format.ts as `it.format`.
 */

import type { Role } from '../roles.ts';

/** views/layout.eta: every page. */
export interface PageContext {
  /** Before " · LeNet-5 workbench" in the window's title. */
  readonly title: string;
  readonly page:
    | 'workbench'
    | 'runs'
    | 'sweeps'
    | 'corrections'
    | 'people'
    | 'status'
    | 'docs'
    | 'sign-in'
    | 'error';
  /** The model that reads now; null when there is none. */
  readonly serving: ServingContext | null;
  /** Reload the page when the server restarts; only under `npm run dev`. */
  readonly dev: boolean;
  /** Who looks at it; null where nobody needs to sign in. */
  readonly role: Role | null;
  /** What it shows is that of this revision: web/http/revision.ts */
  readonly revision: string;
  /** What scripts of the page say: `browserMessages`. */
  readonly messages: string;
  /** Why somebody who was signed in is no longer, in a sentence, and the address to sign in at. */
  readonly signedOut: SignedOutContext | null;
}

/** views/_signed_out.eta: also sent with what a page polls, out of band. */
export interface SignedOutContext {
  readonly sentence: string;
  readonly signIn: string;
}

/** The model in service, and what reads the drawings of the client. */
export interface ServingContext extends ReaderContext {
  /** The client's own run that reads their drawings; null when the model in service does. */
  readonly own: ReaderContext | null;
  /** A newer run of theirs that does not, because it only guesses. */
  readonly guessing: { readonly runId: number; readonly accuracy: number } | null;
}

export interface ReaderContext {
  /** "the model it came with", "run 12, epoch 8" or a file's name. */
  readonly name: string;
  readonly runId: number | null;
  /** Share of MNIST's test images it reads right, 0–1; null when nobody measured. */
  readonly testAccuracy: number | null;
  /** Is a network so good that an unsure answer is rather the drawing's fault? */
  readonly isReliable: boolean;
}

/** views/error.eta */
export interface ErrorContext extends PageContext {
  readonly status: number;
  readonly message: string;
  /** Address to sign in at, when that would help. */
  readonly signIn: string | null;
}
