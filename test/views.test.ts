/** What every template in views/ has to keep to. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';

const VIEWS = path.join(import.meta.dirname, '../views');

/** What may be written unescaped: pieces of pages that are templates themselves. */
const UNESCAPED = /^(?:include\(.*\)|block\(.*\)|it\.body)$/s;

const files = globSync('**/*.eta', { cwd: VIEWS }).map((file): [string, string] => [
  file,
  readFileSync(path.join(VIEWS, file), 'utf8'),
]);

/** The expressions that are written unescaped and are no pieces. */
const offences = (text: string) =>
  [...text.matchAll(/<%[-_]?~\s*(.*?)\s*[-_]?%>/gs)]
    .map(([, code]) => code)
    .filter((code) => !UNESCAPED.test(code));

t.test('whatever a template writes is escaped', async (t) => {
  t.ok(files.length > 30, 'looks at all templates');
  t.same(
    files.flatMap(([file, text]) => offences(text).map((code) => `${file}: ${code}`)),
    [],
  );
  t.same(offences("<%~ include('/x', it) %> <%~ it.name %> <%-~ raw(x) -%>"), ['it.name', 'raw(x)']);
});

t.test('an address is written by the one function that knows the base path', async (t) => {
  const raw = /\s(?:href|action|formaction|src|hx-[a-z]+|data-reload)="\/[^"]*/g;
  t.same(
    files.flatMap(([file, text]) => (text.match(raw) ?? []).map((found) => `${file}:${found}`)),
    [],
  );
  t.ok(raw.test(' href="/runs"'), 'one is found');
});

t.test('the state of a run is decided before its template', async (t) => {
  const [, progress = ''] = files.find(([file]) => file === path.join('runs', '_progress.eta'))!;
  t.ok(progress.split('\n').length <= 51);
});
