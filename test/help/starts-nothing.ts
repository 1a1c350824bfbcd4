/** Loaded before a test of `npm run test:fast`: it must start no thread and no process. */
import child from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

const [, file = ''] = process.argv;

if (threads.isMainThread && file.endsWith('.test.ts')) {
  const refuse = (what: string) =>
    function refused(): never {
      throw new Error(`This test starts a ${what}: name it in test/slow.txt.`);
    };
  threads.Worker = refuse('thread') as unknown as typeof threads.Worker;
  for (const name of [
    'spawn',
    'fork',
    'exec',
    'execFile',
    'spawnSync',
    'execSync',
    'execFileSync',
  ] as const) {
    child[name] = refuse('process') as never;
  }
  syncBuiltinESMExports();
}
