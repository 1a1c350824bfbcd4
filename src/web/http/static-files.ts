import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { Address } from './base-path.ts';

const STATIC_DIR = path.join(import.meta.dirname, '../../../static');

/** A year: the address of a file changes with its content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Without a hash in its address, a file may change at any time. */
const REVALIDATE = 'public, no-cache';

/** Serves static/ under /static/ with entity tags, ranges and the compressed copies that the build made. */
export async function registerStaticFiles(app: FastifyInstance, { dev }: { dev: boolean }): Promise<void> {
  await app.register(fastifyStatic, {
    root: STATIC_DIR,
    prefix: '/static/',
    // In development, the copies are older than the edited files.
    preCompressed: !dev,
    index: false,
    cacheControl: false,
    dotfiles: 'ignore',
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.url.startsWith('/static/') && reply.statusCode < 400) {
      reply.header('cache-control', /[?&]v=/.test(request.url) ? IMMUTABLE : REVALIDATE);
      reply.header('vary', 'accept-encoding');
    }
    done(null, payload);
  });
}

export interface AssetOptions {
  /** Read the file each time, as in development. */
  readonly fresh: boolean;
  readonly address: Address;
}

/** The address of a file in static/ with its content's hash, so that browsers may cache it forever. */
export function assetUrls({ fresh, address }: AssetOptions): (file: string) => string {
  const known = new Map<string, string>();
  return (file) => {
    const url = fresh ? undefined : known.get(file);
    if (url !== undefined) return url;
    const hash = createHash('sha256')
      .update(readFileSync(path.join(STATIC_DIR, file)))
      .digest('hex')
      .slice(0, 10);
    known.set(file, address(`/static/${file}?v=${hash}`));
    return known.get(file) as string;
  };
}
