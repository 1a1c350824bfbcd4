/**
 * `npm test [-- FILE…]`: all tests, or some.
 *
 * `npm run test:fast`: those that need neither a thread, nor a process, nor a browser, nor long: all but what test/slow.txt
 * names. One that starts something nevertheless fails, with the sentence to name it there.
 *
 * PostgreSQL starts meanwhile, once for all, and ends with this process.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { FOLDER_VARIABLE, startPostgres, WITHOUT_POSTGRES } from '../test/help/postgres.ts';

const ROOT = path.join(import.meta.dirname, '..');
const GUARD = pathToFileURL(path.join(ROOT, 'test/help/starts-nothing.ts')).href;

const [first, ...others] = process.argv.slice(2);
const isFast = first === '--fast';
const given = isFast ? others : process.argv.slice(2);
const { status, signal } = spawnSync(
  process.execPath,
  [path.join(ROOT, 'node_modules/tap/dist/esm/run.mjs'), ...given, ...(isFast ? fastFiles() : [])],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      // Two hundred files load the same server: what one has compiled the next one need not.
      NODE_COMPILE_CACHE: path.join(ROOT, 'node_modules/.cache/compiled'),
      ...(isFast
        ? { [FOLDER_VARIABLE]: '' }
        : !WITHOUT_POSTGRES && { [FOLDER_VARIABLE]: startPostgres().folder }),
      ...(isFast && { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${GUARD}` }),
    },
  },
);
if (signal !== null) process.kill(process.pid, signal);
process.exitCode = status ?? 1;

function fastFiles(): string[] {
  const slow = readFileSync(path.join(ROOT, 'test/slow.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return globSync('test/**/*.test.ts', { cwd: ROOT })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => !slow.some((name) => file === name || (name.endsWith('/') && file.startsWith(name))));
}
