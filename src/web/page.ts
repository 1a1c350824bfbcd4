/**
 * The data of each template: the contract between the routes that render and the files in views/.
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
    | 'models'
    | 'people'
    | 'rooms'
    | 'status'
    | 'docs'
    | 'sign-in'
    | 'error';
  /** The model in service; null when there is none. */
  readonly serving: ServingContext | null;
  /** Reload the page when the server restarts; only under `npm run dev`. */
  readonly dev: boolean;
  /** The viewer's role; null where nobody needs to sign in. */
  readonly role: Role | null;
  readonly room: RoomContext;
  /** The revision that it shows: web/http/revision.ts */
  readonly revision: string;
  /** Messages for scripts of the page: `browserMessages`. */
  readonly messages: string;
  /** Why the viewer has been signed out, in a sentence, and the address to sign in at. */
  readonly signedOut: SignedOutContext | null;
}

/** The room that the viewer is in. */
export interface RoomContext {
  /** Null in the default room while there is no other. */
  readonly name: string | null;
  /** May the viewer make rooms, and be in all of them? */
  readonly isOperator: boolean;
}

/** views/_signed_out.eta: also sent with what a page polls, out of band. */
export interface SignedOutContext {
  readonly sentence: string;
  readonly signIn: string;
}

/** The model in service, and the one that reads the client's drawings. */
export interface ServingContext extends ReaderContext {
  /** The client's own run that reads their drawings; null when the model in service does. */
  readonly own: ReaderContext | null;
  /** A newer run of theirs that is skipped because it is only guessing. */
  readonly guessing: { readonly runId: number; readonly accuracy: number } | null;
}

export interface ReaderContext {
  /** "the built-in model", "run 12, epoch 8" or a file's name. */
  readonly name: string;
  readonly runId: number | null;
  /** Test accuracy on MNIST, 0–1; null when not measured. */
  readonly testAccuracy: number | null;
  /** Is the network good enough that an unsure answer is probably the drawing's fault? */
  readonly isReliable: boolean;
}

/** views/error.eta */
export interface ErrorContext extends PageContext {
  readonly status: number;
  readonly message: string;
  /** Address to sign in at, when that would help. */
  readonly signIn: string | null;
}
