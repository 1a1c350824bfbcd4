import type { FastifyRequest } from 'fastify';

/** Address of the sign-in page, which then leads back to where the request was made. */
export function signInUrl({ method, url, headers, server }: FastifyRequest): string {
  const from = headers['hx-current-url'] ?? (method === 'GET' ? url : headers.referer);
  return `/sign-in?${new URLSearchParams({ to: server.pathOf(ownPath(from)) })}`;
}

/** The path of an address of ours; "/" for another site's, to prevent open redirects. */
export function ownPath(address: unknown): string {
  const base = 'http://workbench.invalid';
  if (typeof address !== 'string' || !URL.canParse(address, base)) return '/';
  const { pathname, search } = new URL(address, base);
  // "//elsewhere.example/" would be another site.
  return `/${pathname.replace(/^\/+/, '')}${search}`;
}
