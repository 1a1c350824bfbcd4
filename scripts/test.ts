/**
 * `npm test [-- FILE…]`: all tests, or those of the files and folders named. A line for each file; one that failed is shown whole.
 *
 * `npm run test:fast`: those that need neither a thread, nor a process, nor a browser, nor long: all but what test/slow.txt
 * names. One that starts something nevertheless fails, with the sentence to name it there.
 *
 * `npm run coverage` has tap run the files: it loads hooks into each, and into each server that one starts, that only coverage
 * needs. They take a fifth of the time.
 *
 * PostgreSQL starts meanwhile, once for all, and ends with this process.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { FOLDER_VARIABLE, startPostgres, WITHOUT_POSTGRES } from '../test/help/postgres.ts';

const ROOT = path.join(import.meta.dirname, '..');
const GUARD = pathToFileURL(path.join(ROOT, 'test/help/starts-nothing.ts')).href;
/** As many at once as .taprc says of tap. */
const JOBS = 2;
const LONGEST_SECONDS = 300;
/** -1 as an unsigned number: behind all that have a place. */
const NOWHERE = 2 ** 32 - 1;

const [first, ...others] = process.argv.slice(2);
const isFast = first === '--fast';
const needsPostgres = !isFast && !WITHOUT_POSTGRES;

const env: NodeJS.ProcessEnv = {
  ...process.env,
  // Two hundred files load the same server: what one has compiled the next one need not.
  NODE_COMPILE_CACHE: path.join(ROOT, 'node_modules/.cache/compiled'),
  ...((isFast || needsPostgres) && { [FOLDER_VARIABLE]: isFast ? '' : startPostgres().folder }),
};

if (first === '--coverage') {
  const tap = path.join(ROOT, 'node_modules/tap/dist/esm/run.mjs');
  const { status, signal } = spawnSync(process.execPath, [tap, ...others], {
    cwd: ROOT,
    stdio: 'inherit',
    env,
  });
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
} else runAll(filesOf(isFast ? others : process.argv.slice(2)));

function runAll(files: readonly string[]): void {
  // Its exit handler ends the files that still run.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  t.register();
  t.pipe(withoutWhatPassed()).pipe(process.stdout);
  t.setTimeout(0);
  t.jobs = JOBS;
  // tap puts its hooks into NODE_OPTIONS, whatever `env` says.
  const options = `NODE_OPTIONS=${process.env.NODE_OPTIONS ?? ''}`;
  for (const file of files) {
    void t.spawn(
      'env',
      [options, process.execPath, ...(isFast ? [`--import=${GUARD}`] : []), path.join(ROOT, file)],
      {
        name: file,
        buffered: true,
        timeout: LONGEST_SECONDS * 1000,
        cwd: ROOT,
        env: { ...env, TAP_TIMEOUT: `${LONGEST_SECONDS}` },
        at: null,
        stack: '',
      },
    );
  }
}

/** What takes longest begins first, in the order of test/slow.txt: nothing long is left when one job has run out of files. */
function filesOf(named: readonly string[]): string[] {
  const slow = readFileSync(path.join(ROOT, 'test/slow.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const place = (file: string) =>
    slow.findIndex((name) => file === name || (name.endsWith('/') && file.startsWith(name))) >>> 0;
  const isQuick = (file: string) => place(file) === NOWHERE;
  return (named.length === 0 ? ['test'] : named)
    .flatMap((name) => {
      const at = path.relative(ROOT, path.resolve(name));
      return statSync(name).isDirectory() ? globSync(`${at}/**/*.test.ts`, { cwd: ROOT }) : at;
    })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => !isFast || isQuick(file))
    .toSorted((a, b) => place(a) - place(b) || a.localeCompare(b, 'en'));
}

/** Of TAP whose outermost tests are files: what a file wrote, if it failed, and the line that says how it ended. */
function withoutWhatPassed(): Transform {
  let rest = '';
  let block: string[] | null = null;
  return new Transform({
    encoding: 'utf8',
    transform(chunk, _encoding, done) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith('# Subtest: ')) block = [];
        const hasEnded = /^(not )?ok /.exec(line);
        if (hasEnded && block) {
          if (hasEnded[1]) this.push(`${block.join('\n')}\n`);
          block = null;
        }
        if (block) block.push(line);
        else if (line !== '') this.push(`${line}\n`);
      }
      done();
    },
    flush(done) {
      this.push([...(block ?? []), rest].join('\n'));
      done();
    },
  });
}
