import path from 'node:path';
import fastifyView from '@fastify/view';
import { Eta } from 'eta';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { browserMessages, type Translate } from '../../catalogue/catalogue.ts';
import { LANGUAGES, wantedLanguage } from '../../catalogue/languages.ts';
import * as format from '../format.ts';
import type { PageContext, RoomContext, ServingContext, SignedOutContext } from '../page.ts';
import './access.ts';
import { wantsFragment } from '../answer.ts';
import './revision.ts';
import { signInUrl } from './sign-in-url.ts';
import { assetUrls } from './static-files.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Says messages in the client's language. */
    readonly t: Translate;
  }

  interface FastifyReply {
    /** Renders a whole page with what every page shows. Varies by the client's request. */
    page<Context extends PageContext>(
      template: string,
      context: Omit<Context, 'serving' | 'dev' | 'role' | 'room' | 'signedOut' | 'revision' | 'messages'>,
    ): Promise<FastifyReply>;
  }
}

export interface ViewsOptions {
  readonly dev: boolean;
  /** For the head of each page. */
  readonly room: (request: FastifyRequest) => RoomContext;
  /** The model in service, likewise. */
  readonly serving: (request: FastifyRequest) => Promise<ServingContext | null>;
  /** By default all; the first one for clients that accept none of them. */
  readonly languages?: readonly Translate[];
}

/**
 * Renders views/*.eta; `it.t` says messages of the catalogue, `it.format` has the formatters, `it.url(path)` gives the address of a path of ours,
 * `it.asset(file)` that of a file in static/.
 */
export async function registerViews(
  app: FastifyInstance,
  { dev, room, serving, languages = LANGUAGES }: ViewsOptions,
): Promise<void> {
  app.decorateRequest('t', {
    getter(this: FastifyRequest) {
      return wantedLanguage(this.headers['accept-language'], languages);
    },
  });
  // @fastify/view puts them between the default context and a route's own.
  app.decorateReply('locals', {
    getter(this: FastifyReply) {
      const { request } = this;
      // Polled fragments must say that the client has been signed out, and why, and take it back.
      const isPolled = !app.access.open && wantsFragment(request);
      return { t: request.t, ...(isPolled && { polled: { signedOut: signedOutContext(request) } }) };
    },
  });
  await app.register(fastifyView, {
    engine: { eta: templates({ debug: dev }) },
    templates: path.join(import.meta.dirname, '../../../views'),
    viewExt: 'eta',
    production: !dev,
    defaultContext: { format, url: app.address, asset: assetUrls({ fresh: dev, address: app.address }) },
  });
  const vary = `accept, hx-request${languages.length > 1 ? ', accept-language' : ''}`;
  app.decorateReply('page', async function (this: FastifyReply, template: string, context: object) {
    this.header('vary', vary);
    // A page with a secret has said that it is not to be stored.
    if (!this.hasHeader('cache-control')) this.header('cache-control', 'no-cache');
    const role = app.access.open ? null : this.request.role;
    const revision = this.server.revision(this.request.workbench);
    const signedOut = signedOutContext(this.request);
    const messages = messagesOf(this.request.t);
    const filled = {
      ...context,
      messages,
      serving: await serving(this.request),
      dev,
      role,
      room: room(this.request),
      signedOut,
      revision,
    };
    return this.view(template, filled);
  });
}

/** Created once per language. */
function messagesOf(t: Translate): string {
  const made = MESSAGES.get(t) ?? browserMessages(t);
  MESSAGES.set(t, made);
  return made;
}

const MESSAGES = new Map<Translate, string>();

function signedOutContext(request: FastifyRequest): SignedOutContext | null {
  const { signedOut } = request;
  return signedOut === null ? null : { sentence: signedOut, signIn: signInUrl(request) };
}

/** A page consists of forty templates, whose paths are resolved once. */
function templates(options: { readonly debug: boolean }): Eta {
  const eta = new Eta({ ...options, escapeFunction: escapeHtml });
  const resolve = eta.resolvePath!;
  const paths = new Map<string, string>();
  eta.resolvePath = (template, options) => {
    const piece = `${template} ${options?.filepath ?? ''}`;
    const known = paths.get(piece) ?? resolve.call(eta, template, options);
    paths.set(piece, known);
    return known;
  };
  return eta;
}

const SPECIAL: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** As eta's own, except that numbers need no escaping. */
function escapeHtml(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = String(value);
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (letter) => SPECIAL[letter]) : text;
}
