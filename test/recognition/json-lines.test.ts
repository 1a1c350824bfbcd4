import { Readable } from 'node:stream';
import t from 'tap';
import { answerLines, decodeLines, type Lines } from '../../src/recognition/json-lines.ts';

/** Each line as it is. */
async function echo(lines: Lines): Promise<string> {
  if (lines === null) return 'too long\n';
  return lines
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

async function answersTo(pieces: Iterable<string | Buffer>): Promise<string> {
  const answers = answerLines(Readable.from([...pieces].map((piece) => Buffer.from(piece as string))), echo);
  let text = '';
  for await (const answer of answers) text += answer;
  return text;
}

t.test('wherever the pieces are cut, a line in is a line out', async (t) => {
  const text = '{"a":1}\n"zwölf €"\r\n[2]\n3';
  const wanted = '{"a":1}\n"zwölf €"\n[2]\n3\n';
  const bytes = Buffer.from(text);
  t.equal(await answersTo([text]), wanted, 'at once');
  t.equal(await answersTo(Array.from(bytes, (byte) => Buffer.from([byte]))), wanted, 'byte by byte');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const got = await answersTo([bytes.subarray(0, cut), bytes.subarray(cut)]);
    if (got !== wanted) t.fail(`cut at ${cut}: ${got}`);
  }
  t.equal(await answersTo([]), '', 'nothing in, nothing out');
  t.equal(await answersTo(['1\n']), '1\n', 'no line behind the last newline');
});

t.test('a bad line is told in its place', async (t) => {
  const steps = decodeLines(
    Buffer.from('{"strokes":[[[0,0],[0,9]]]}\n{"a"\n\n7\r\n{"strokes":[[[0,0],[0,9]]]}'),
  );
  let step = steps.next();
  while (!step.done) step = steps.next();
  t.match(step.value.each, [
    { count: 1 },
    { code: 'BAD_LINE' },
    { code: 'BAD_LINE' },
    { code: 'NOTHING_SENT' },
    { count: 1 },
  ]);
});

t.test('many lines are answered some at a time', async (t) => {
  const counts: number[] = [];
  const answers = answerLines(Readable.from([Buffer.from('1\n'.repeat(1000))]), async (lines) => {
    counts.push(lines!.toString().split('\n').length);
    return '';
  });
  for await (const _ of answers);
  t.same(counts, [256, 256, 256, 232]);
});

t.test('a line too long is let go while it comes, and the next one is read', async (t) => {
  const half = Buffer.alloc(600_000, '1');
  const answers = await answersTo([
    half,
    half,
    half,
    Buffer.from('\n7\n'),
    Buffer.from('"'),
    half,
    Buffer.from('"\n'),
  ]);
  const lines = answers.split('\n');
  t.equal(lines[0], 'too long');
  t.equal(lines[1], '7');
  t.equal(lines[2].length, 600_002, 'a long one within the bound');
});

t.test('no more is read than is taken', async (t) => {
  let read = 0;
  async function* endless() {
    for (;;) yield Buffer.from(`${read++}\n`);
  }
  const answers = answerLines(endless(), echo);
  for (let i = 0; i < 3; i++) t.equal((await answers.next()).value, `${i}\n`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const ahead = read;
  t.ok(ahead <= 3 + 5, `${ahead} pieces for 3 answers: four are answered at once, one waits`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(read, ahead, 'and then no more');
  await answers.return(undefined);
});
