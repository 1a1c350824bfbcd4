import { Readable } from 'node:stream';
import t from 'tap';
import { CodedError } from '../../src/errors.ts';
import { answerLines, type Line } from '../../src/recognition/json-lines.ts';

const echo = (lines: readonly Line[]) =>
  lines.map((line) => (line instanceof CodedError ? { error: line.code } : line));

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

t.test('a bad line is answered in its place', async (t) => {
  t.equal(await answersTo(['1\n{"a"\n\n2\n']), '1\n{"error":"BAD_LINE"}\n{"error":"BAD_LINE"}\n2\n');
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
  t.equal(lines[0], '{"error":"BAD_LINE"}');
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
  t.equal(read, 3);
  await answers.return(undefined);
});
