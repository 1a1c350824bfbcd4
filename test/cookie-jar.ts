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
