/** The disk has no room, or may not be written. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { Run } from '../../src/runs/run.ts';
import { obeyingModes } from '../help/environment.ts';
import { until } from '../help/helper.ts';
import { address, start } from '../help/server-process.ts';

const json = { accept: 'application/json' };

function folder(t: Test): string {
  const made = mkdtempSync(path.join(tmpdir(), 'lenet5-disk-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const mount = (...options: string[]) => execFileSync('mount', options, { stdio: 'pipe' });

/** A disk of its own; null where this user may mount none. */
function disk(t: Test, size: string): string | null {
  const at = folder(t);
  try {
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at);
  } catch {
    return null;
  }
  t.teardown(() => execFileSync('umount', ['-l', at]));
  return at;
}

t.test('a disk that gets full', async (t) => {
  // Room for one epoch.
  const at = disk(t, '1600k');
  if (at === null) return t.pass('no disk can be mounted here');
  const started = start(t, { DATA_DIR: at });
  const url = await address(started);
  const get = async (path: string) => (await fetch(url + path, { headers: json })).json() as Promise<Run>;
  const train = () => {
    const body = new URLSearchParams({ epochs: '90', patience: '90', batchsize: '128' });
    return fetch(`${url}/runs`, { method: 'POST', headers: json, body });
  };
  t.equal((await train()).status, 201);
  await until(async () => (await get('/runs/1')).state !== 'running', 100);
  const run = await get('/runs/1');
  t.match(run, { state: 'failed', reason: /could not be stored\. Check that the disk has room/ });
  t.equal(run.epochs.length, 1, 'the epoch before is kept');
  for (const path of ['/', '/runs', '/runs/1', '/runs/1/epochs.csv', '/runs/1/checkpoints', '/readyz']) {
    t.equal((await fetch(url + path)).status, 200, path);
  }
  let refused = await train();
  for (let i = 0; i < 200 && refused.status === 201; i++) refused = await train();
  t.equal(refused.status, 507);
  t.match(await refused.json(), { detail: 'The disk is full. Make room for the database.' });

  mount('-o', 'remount,size=64m', at);
  t.equal((await train()).status, 201, 'with room again it takes runs');
  started.process.kill('SIGTERM');
  t.same(await started.ended, { code: 0, signal: null });
});

t.test('a data folder that may not be written is one sentence, and no start', async (t) => {
  const within = obeyingModes();
  if (within === null) return t.pass('root writes everything here');
  const at = folder(t);
  const first = start(t, { DATA_DIR: path.join(at, 'data') });
  await address(first);
  first.process.kill('SIGTERM');
  await first.ended;
  chmodSync(path.join(at, 'data'), 0o555);
  chmodSync(path.join(at, 'data/workbench.sqlite'), 0o444);
  for (const DATA_DIR of [path.join(at, 'data'), path.join(at, 'data', 'new')]) {
    const started = start(t, { DATA_DIR }, within);
    t.equal((await started.ended).code, 1);
    // The test runner adds to each process what may write no files either, and says so behind it.
    const [sentence] = started.output().split('\n');
    t.match(
      sentence,
      /^(The database cannot be (written|opened)|DATA_DIR must be a folder that can be made and written)\./,
    );
  }
});
