/** What README offers to be pasted does what it says. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { testApp } from './help/helper.ts';

const README = readFileSync(path.join(import.meta.dirname, '../README.md'), 'utf8');

/** As curl sends it: a form, unless a header says otherwise. */
function parse(command: string) {
  const quoted = (flag: string) =>
    [...command.matchAll(new RegExp(`${flag} (?:'([^']*)'|(\\S+))`, 'g'))].map((m) => m[1] ?? m[2]);
  const headers = Object.fromEntries(quoted('-H').map((header) => header.split(': ') as [string, string]));
  const data = quoted('-d');
  return {
    url: /http:\/\/127\.0\.0\.1:8000(\S*)/.exec(command)![1],
    method: data.length > 0 ? ('POST' as const) : ('GET' as const),
    headers: {
      accept: '*/*',
      ...(data.length > 0 && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(data.length > 0 && { payload: data.join('&') }),
  };
}

t.test('its commands can be pasted', async (t) => {
  const app = await testApp(t);
  const commands = README.split('\n').filter((line) => line.startsWith('curl ') && !line.includes('@'));
  t.ok(commands.length >= 4);
  for (const command of commands) {
    const answer = await app.inject(parse(command));
    t.ok(answer.statusCode < 300, `${command}: ${answer.statusCode}`);
    if (command.includes('# Digit 7')) t.equal(answer.body, 'Digit 7');
    else t.match(answer.headers['content-type'], /json/, command);
    if (command.includes('{"strokes"')) t.match(answer.json(), { digit: 7, sure: true });
  }
});

t.test('the start stands in the first screen, and what was measured in ten lines', async (t) => {
  t.ok(README.split('\n').findIndex((line) => line.startsWith('npm ci && npm start')) < 12);
  const [, measured = ''] = /## Measured\n([\s\S]*?)\n## /.exec(README) ?? [];
  t.equal(measured.split('\n').filter((line) => line.startsWith('| ')).length, 11, 'with its head');
});
