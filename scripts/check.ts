/** `npm run check`: format, lint, types and tests as named steps; stops at the first that fails. */
import { spawnSync } from 'node:child_process';

const STEPS: readonly (readonly [name: string, command: string])[] = [
  ['format and lint', 'biome check .'],
  ['types', 'tsc --noEmit'],
  ['types in the browser', 'tsc -p tsconfig.browser.json'],
  ['tests', 'node scripts/test.ts'],
];

for (const [name, command] of STEPS) {
  const started = performance.now();
  console.log(`\n— ${name}: ${command}`);
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\n${name} failed.`);
    process.exit(status ?? 1);
  }
  console.log(`${name} passed in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}
