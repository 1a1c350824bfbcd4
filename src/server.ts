/** Process entry: configuration → app → listen; drains on SIGTERM and SIGINT. */
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { otherMachines } from './addresses.ts';
import { buildApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { CodedError } from './errors.ts';

/** A shutdown that takes longer is cut off. */
const END_MS = 10_000;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** `timeout` and npm pass a signal on to processes that already have it. A later one is meant. */
const SAME_SIGNAL_MS = 1_000;

let app: FastifyInstance | undefined;
const ending = closeWithGrace({ delay: END_MS, logger: false, skip: [...SIGNALS] }, async ({ err }) => {
  if (err && app) app.log.fatal(err);
  else if (err) console.error(err);
  await app?.drain();
  await app?.close();
});
// Before anything else: process 1 of a container has no default for signals.
let signalled: number | undefined;
for (const signal of SIGNALS) {
  process.on(signal, () => {
    if (signalled !== undefined) {
      if (performance.now() - signalled > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    signalled = performance.now();
    void ending.close();
  });
}

try {
  const config = readConfig();
  app = await buildApp(config);
  const address = await app.listen({ host: config.host, port: config.port });
  console.log(`LeNet-5 workbench: ${address}${config.basePath}`);
  const others = otherMachines({ ...config, port: Number(new URL(address).port) || 80 });
  if (others !== null) console.log(others);
  const token = app.access.madeToken;
  if (token !== null) console.log(`To train, sign in with the token ${token} (TOKEN sets a permanent one).`);
  await app.workbench.speeds.start();
} catch (error) {
  console.error(sentence(error));
  process.exit(1);
}

/** What to print at a failed start: a sentence for expected errors, everything for bugs. */
function sentence(error: unknown): unknown {
  if (error instanceof ConfigError || error instanceof CodedError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `PORT ${process.env.PORT ?? 8000} is in use on this address: choose another one.`;
  if (code === 'EACCES') return `PORT ${process.env.PORT ?? 8000} needs more rights: choose one above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${process.env.HOST} is not an address of this machine.`;
  return code === undefined ? error : message;
}
