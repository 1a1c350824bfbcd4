import type { FastifyRequest } from 'fastify';

/** The page to sign in at, from which one comes back to where the request was made. */
export function signInUrl({ method, url, headers, server }: FastifyRequest): string {
  const from = headers['hx-current-url'] ?? (method === 'GET' ? url : headers.referer);
  return `/sign-in?${new URLSearchParams({ to: server.pathOf(ownPath(from)) })}`;
}

/** The path of an address that is ours; "/" for another site's, so that nobody is led away. */
export function ownPath(address: unknown): string {
  const base = 'http://workbench.invalid';
  if (typeof address !== 'string' || !URL.canParse(address, base)) return '/';
  const { pathname, search } = new URL(address, base);
  // "//elsewhere.example/" would be another site.
  return `/${pathname.replace(/^\/+/, '')}${search}`;
}
