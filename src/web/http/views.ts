import path from 'node:path';
import fastifyView from '@fastify/view';
import { Eta } from 'eta';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as format from '../format.ts';
import type { PageContext, ServingContext, SignedOutContext } from '../page.ts';
import './access.ts';
import { wantsFragment } from '../answer.ts';
import './revision.ts';
import { signInUrl } from './sign-in-url.ts';
import { assetUrls } from './static-files.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Renders a whole page: fills in what every page shows. Varies by what the client asked for. */
    page<Context extends PageContext>(
      template: string,
      context: Omit<Context, 'serving' | 'dev' | 'role' | 'signedOut' | 'revision'>,
    ): FastifyReply;
  }
}

export interface ViewsOptions {
  readonly dev: boolean;
  /** What reads now, for the head of each page. */
  readonly serving: (request: FastifyRequest) => ServingContext | null;
}

/** Renders views/*.eta; `it.format` has the formatters, `it.asset(file)` the address of a file in static/. */
export async function registerViews(app: FastifyInstance, { dev, serving }: ViewsOptions): Promise<void> {
  await app.register(fastifyView, {
    engine: { eta: new Eta({ debug: dev }) },
    templates: path.join(import.meta.dirname, '../../../views'),
    viewExt: 'eta',
    production: !dev,
    defaultContext: { format, asset: assetUrls({ fresh: dev }) },
  });
  app.decorateReply('page', function (this: FastifyReply, template: string, context: object) {
    this.header('vary', 'accept, hx-request').header('cache-control', 'no-cache');
    const role = app.access.open ? null : this.request.role;
    const revision = this.server.revision();
    const signedOut = signedOutContext(this.request);
    const filled = { ...context, serving: serving(this.request), dev, role, signedOut, revision };
    return this.view(template, filled);
  });
  // What a page polls has to say that its buttons have gone, and why; and take that back.
  app.addHook('onRequest', async (request, reply) => {
    if (app.access.open || !wantsFragment(request)) return;
    Object.assign(reply, { locals: { polled: { signedOut: signedOutContext(request) } } });
  });
}

function signedOutContext(request: FastifyRequest): SignedOutContext | null {
  const { signedOut } = request;
  return signedOut === null ? null : { sentence: signedOut, signIn: signInUrl(request) };
}
