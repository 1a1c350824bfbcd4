import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';

/** Somebody's browser: asks for pages, and keeps the cookies it is given. */
export function browserOf(app: FastifyInstance) {
  const cookies: Record<string, string> = {};
  return {
    cookies,
    async inject(options: InjectOptions): Promise<LightMyRequestResponse> {
      const headers = { accept: 'text/html,*/*;q=0.8', ...options.headers };
      const answer = await app.inject({ ...options, headers, cookies });
      for (const { name, value } of answer.cookies) cookies[name] = value;
      return answer;
    },
  };
}

/** Of a server with roles: a class, and an admin who may do more. */
export const CLASS = { host: '0.0.0.0', token: 'chalk-and-slate', adminToken: 'red-pencil-case' } as const;

/** The browser of somebody who signed in. */
export async function signedIn(app: FastifyInstance, token: string = CLASS.token) {
  const browser = browserOf(app);
  await browser.inject({ url: '/' });
  await browser.inject({ method: 'POST', url: '/sign-in', payload: { token } });
  return browser;
}
