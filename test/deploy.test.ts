/** The files that put the workbench on a server name what is there. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { VARIABLES } from '../src/config.ts';

const ROOT = path.join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

/** See mallopt(3). */
const OF_THE_C_LIBRARY = ['MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_'];

t.test('variables that are set are variables that are read', async (t) => {
  const known = new Set([...Object.keys(VARIABLES), 'NODE_ENV', ...OF_THE_C_LIBRARY]);
  const set = [
    ...[...read('compose.yaml').matchAll(/^ {6}([A-Z_]+): \$\{\1:-\w*\}$/gm)].map(([, name]) => name),
    ...[...read('deploy/lenet5-workbench.service').matchAll(/^Environment=(\w+)=/gm)].map(([, name]) => name),
    ...[...(/^ENV (.*)$/m.exec(read('Dockerfile'))?.[1] ?? '').matchAll(/(\w+)=/g)].map(([, name]) => name),
  ];
  t.ok(set.length >= 12, set.join());
  for (const name of set) t.ok(known.has(name), name);
});

t.test('what is copied and started is there, or built', async (t) => {
  const copied = [...read('Dockerfile').matchAll(/^COPY --from=build \/app\/(\S+) /gm)].map(
    ([, file]) => file,
  );
  t.ok(copied.length >= 6);
  for (const file of copied) t.ok(file === 'dist' || existsSync(path.join(ROOT, file)), file);
  for (const file of ['Dockerfile', 'deploy/lenet5-workbench.service']) {
    for (const [, script] of read(file).matchAll(/dist\/([\w/-]+)\.js/g)) {
      t.ok(existsSync(path.join(ROOT, 'src', `${script}.ts`)), script);
    }
  }
  for (const [, script] of read('docs/operations.md').matchAll(/dist\/([\w/-]+)\.js/g)) {
    t.ok(existsSync(path.join(ROOT, 'src', `${script}.ts`)), script);
  }
});

t.test('neither runs as root, and both may drain to the end', async (t) => {
  t.match(read('Dockerfile'), /^USER node$/m);
  t.match(read('deploy/lenet5-workbench.service'), /^DynamicUser=yes$/m);
  const compose = read('compose.yaml');
  t.match(compose, /read_only: true[\s\S]*tmpfs:\n {6}- \/tmp\n[\s\S]*mem_limit: /);
  t.match(compose, /stop_grace_period: 15s/);
  t.match(read('deploy/lenet5-workbench.service'), /^TimeoutStopSec=15$/m);
});

t.test('each test that SECURITY.md names is there', async (t) => {
  const named = new Set([...read('SECURITY.md').matchAll(/\btest\/[\w/-]+/g)].map(([file]) => file));
  t.ok(named.size >= 15);
  for (const name of named) {
    t.ok(existsSync(path.join(ROOT, `${name}.test.ts`)) || existsSync(path.join(ROOT, name)), name);
  }
});
