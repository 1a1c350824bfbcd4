/** The examples, as somebody would run them. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { environment } from './help/environment.ts';
import { testApp } from './help/helper.ts';

const FOLDER = path.join(import.meta.dirname, '../examples');
const run = promisify(execFile);

/** False, or why the example cannot be run here. */
async function lacks(command: string): Promise<string | false> {
  return run(command, ['--version']).then(
    () => false,
    () => `there is no ${command} here`,
  );
}

t.test('from the shell', { skip: await lacks('curl') }, async (t) => {
  const app = await testApp(t, { threads: 2 });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const cwd = t.testdir({});
  const { stdout } = await run('sh', [path.join(FOLDER, 'train.sh'), url], { cwd, env: environment() });
  t.match(stdout, /^Training at http.*\/runs\/1$/m);
  t.match(stdout, /^data: \{"epoch":1,.*"val_accuracy":0\.9/m);
  t.match(stdout, /^epoch,loss,accuracy,val_loss,val_accuracy,seconds\r?\n1,/m);
  t.ok(existsSync(path.join(cwd, 'lenet5.safetensors')));
});

t.test('from Python', { skip: await lacks('python3') }, async (t) => {
  const app = await testApp(t, { threads: 2 });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const { stdout } = await run('python3', [path.join(FOLDER, 'train.py'), url], { env: environment() });
  t.match(stdout, /^adam: 9\d\.\d\d% \(9\d\.\d\d% to 9\d\.\d\d%\)$/m);
  t.match(stdout, /^sgd: 9/m);
  t.match(stdout, /p [=<] 0\.\d/);
});

t.test('from Node', async (t) => {
  const app = await testApp(t);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const { stdout } = await run(process.execPath, [path.join(FOLDER, 'recognize.mjs'), url], {
    env: environment(),
  });
  t.match(stdout, /^Digit 7: \d+\.\d %\n7\n1\n.*784.*\nRead by the built-in model\.\n$/s);
});
