/** `npm test` believes no file that did not end as it should, and shows of the others what is wrong. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import t, { type Test } from 'tap';
import { environment } from './help/environment.ts';
import { FOLDER_VARIABLE } from './help/postgres.ts';

const COMMAND = path.join(import.meta.dirname, '../scripts/test.ts');

const FILES = {
  'passes.test.ts': "import t from 'tap'; t.test('quietly', async (t) => t.pass('well'));",
  'skips.test.ts': "import t from 'tap'; t.pass('well'); t.test('later', { skip: 'too early' }, () => {});",
  'fails.test.ts': "import t from 'tap'; t.test('sums', async (t) => t.equal(1 + 1, 3, 'one and one'));",
  'throws.test.ts': "import t from 'tap'; t.pass('well'); throw new Error('unforeseen');",
  'killed.test.ts': "import t from 'tap'; t.pass('well'); process.kill(process.pid, 'SIGKILL');",
  'misplanned.test.ts': "import t from 'tap'; t.plan(2); t.pass('well');",
  'exits.test.ts': "import t from 'tap'; t.pass('well'); t.on('complete', () => process.exit(7));",
  'starts.test.ts':
    "import { spawnSync } from 'node:child_process'; import t from 'tap'; spawnSync('true'); t.pass('well');",
};

function run(t: Test, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    env: environment({ [FOLDER_VARIABLE]: '', TAP: '', TAP_CHILD_ID: '' }),
    encoding: 'utf8',
  });
  t.comment(stdout);
  return { status, stderr, lines: stdout.split('\n') };
}

t.test('what passes is a line', async (t) => {
  const { 'passes.test.ts': passes, 'skips.test.ts': skips } = FILES;
  const { status, lines } = run(t, [t.testdir({ 'passes.test.ts': passes, 'skips.test.ts': skips })]);
  t.equal(status, 0);
  t.equal(lines.length, 7, 'a line each, beside the head, the plan, the sum, the time and the end');
  t.match(lines[1], /^ok 1 - \S+passes\.test\.ts # time=/);
  t.match(lines[2], /^ok 2 - \S+skips\.test\.ts # time=/);
  t.equal(lines[4], '# { total: 3, pass: 2, skip: 1 }');
});

t.test('what does not is shown with what it says; a fast test must start no process', async (t) => {
  const { status, stderr, lines } = run(t, ['--fast', t.testdir(FILES)]);
  t.equal(status, 1);
  const found = lines.filter((line) => /^(not )?ok /.test(line));
  const verdicts = found.map((line) => line.replace(/ \d+ - \S+\/(\w+)\.test\.ts .*/, ' $1'));
  t.same(verdicts.toSorted(), [
    'not ok exits',
    'not ok fails',
    'not ok killed',
    'not ok misplanned',
    'not ok starts',
    'not ok throws',
    'ok passes',
    'ok skips',
  ]);
  for (const shown of [
    /^ {8}not ok 1 - one and one$/m,
    /^ {4}not ok 2 - unforeseen$/m,
    /^ {2}signal: SIGKILL$/m,
    /test count\(1\) != plan\(2\)/,
    /^ {2}exitCode: 7$/m,
  ])
    t.match(lines.join('\n'), shown);
  t.match(stderr, 'This test starts a process: name it in test/slow.txt.');
  t.notMatch(lines.join('\n'), /quietly/, 'nothing is shown of what passed');
});
