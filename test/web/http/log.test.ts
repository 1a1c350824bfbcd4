import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import t from 'tap';
import { prettyLine } from '../../../src/web/http/log.ts';
import { environment } from '../../help/environment.ts';
import { testApp } from '../../help/helper.ts';

t.test('an answer carries the id of its request: its own, or one that is made', async (t) => {
  const app = await testApp(t);
  const own = await app.inject({ url: '/now', headers: { 'x-request-id': 'trace-7.a:b' } });
  t.equal(own.headers['x-request-id'], 'trace-7.a:b');
  for (const bad of [undefined, 'a b', 'x'.repeat(65), 'a\u00e9', '<script>']) {
    const { headers } = await app.inject({
      url: '/now',
      headers: bad === undefined ? {} : { 'x-request-id': bad },
    });
    t.match(headers['x-request-id'], /^[\da-f]{8}-[\da-f-]{27}$/);
  }
  const refused = await app.inject({ url: '/nowhere', headers: { 'x-request-id': 'lost' } });
  t.equal(refused.headers['x-request-id'], 'lost');
});

t.test('a line for people', async (t) => {
  const at = new Date(2026, 10, 23, 14, 3, 7).getTime();
  t.equal(prettyLine(JSON.stringify({ level: 30, time: at, msg: 'hello' })), '14:03:07 info  hello\n');
  t.equal(
    prettyLine(
      JSON.stringify({ level: 30, time: at, msg: 'incoming request', req: { method: 'GET', url: '/runs' } }),
    ),
    '14:03:07 info  incoming request GET /runs\n',
  );
  t.equal(
    prettyLine(
      JSON.stringify({
        level: 50,
        time: at,
        msg: 'broken',
        err: { stack: 'Error: broken\n  at x' },
        res: { statusCode: 500 },
        responseTime: 3.2,
      }),
    ),
    '14:03:07 ERROR broken 500 in 3 ms\nError: broken\n  at x\n',
  );
});

t.test('the log is JSON lines with ids, and tells nothing that was drawn or is secret', async (t) => {
  const server = spawn(process.execPath, [path.join(import.meta.dirname, '../../../src/server.ts')], {
    env: environment({
      PORT: '0',
      DATA_DIR: t.testdir({}),
      LOG_LEVEL: 'trace',
      TOKEN: 'chalk-and-slate',
    }),
  });
  t.teardown(() => server.kill('SIGKILL'));
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += text));
  let url: string | undefined;
  while (url === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    url = /LeNet-5 workbench: (\S+)/.exec(output)?.[1];
  }
  await fetch(`${url}/recognize`, {
    method: 'POST',
    headers: {
      'x-request-id': 'drawing-1',
      authorization: 'Bearer chalk-and-slate',
      cookie: 'workbench-session=abcdefgh',
    },
    body: new URLSearchParams({ matrix: JSON.stringify(Array(784).fill(77)) }),
  });
  await fetch(`${url}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ token: 'chalk-and-slate' }),
    redirect: 'manual',
  });
  await fetch(`${url}/runs`, { method: 'POST', headers: { authorization: 'Bearer wrong-guess-9' } });
  server.kill('SIGTERM');
  await once(server, 'exit');
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  t.ok(lines.length >= 6, `${lines.length} lines`);
  t.ok(lines.some((line) => JSON.parse(line).reqId === 'drawing-1'));
  t.notMatch(output, /chalk-and-slate|abcdefgh|wrong-guess|77,77|Bearer/);
});
