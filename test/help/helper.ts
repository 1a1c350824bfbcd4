import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { buildApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import type { Steps } from '../../src/time-slices.ts';

export const TEST_CONFIG: Config = {
  host: '127.0.0.1',
  port: 0,
  basePath: '',
  dataDir: ':memory:',
  databaseUrl: null,
  keepDays: null,
  model: null,
  promote: 'auto',
  threads: 1,
  engine: 'simd',
  tensorFlowDir: '',
  token: null,
  adminToken: null,
  recognizeToken: null,
  allowedHosts: [],
  trustProxy: [],
  rateLimit: 0,
  maxConnections: 2000,
  logLevel: 'silent',
  logFormat: 'json',
  dev: false,
};

/** The app with a store in memory, closed when the test ends; never listens by itself. */
export async function testApp(t: Test, config: Partial<Config> = {}): Promise<FastifyInstance> {
  const app = await buildApp({ ...TEST_CONFIG, ...(await databaseOf(t, config)), ...config });
  t.teardown(() => app.close());
  return app;
}

/** With TEST_DATABASE=postgres all apps of tests keep their data there: those with the same folder in the same database. */
async function databaseOf(t: Test, { dataDir = ':memory:' }: Partial<Config>): Promise<Partial<Config>> {
  if (process.env.TEST_DATABASE !== 'postgres') return {};
  const { appDatabase } = await import('./databases.ts');
  return { databaseUrl: await appDatabase(t, dataDir) };
}

/** Waits until `condition` holds. @throws Error after `seconds` */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** All steps at once. */
export function finished<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
