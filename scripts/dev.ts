/**
 * `npm run dev`: the server runs from src/ and restarts on a change; scripts and style sheets of the browser are bundled anew on a change;
 * open pages reload by themselves.
 */
import { execFileSync, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import path from 'node:path';
import { buildBrowser } from './build.ts';

const ROOT = path.join(import.meta.dirname, '..');

execFileSync(process.execPath, ['scripts/build.ts', '--if-stale'], { cwd: ROOT, stdio: 'inherit' });

for (const folder of ['src/browser', 'static/css/components']) {
  watch(path.join(ROOT, folder), { recursive: true }, () => {
    buildBrowser().catch((error) => console.error(error.message));
  });
}

const server = spawn(process.execPath, ['--watch', '--watch-preserve-output', 'src/server.ts'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, DEV: '1' },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));
server.on('exit', (code) => process.exit(code ?? 0));
