/** What every style sheet has to keep to. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';

const ROOT = path.join(import.meta.dirname, '..');
const FOLDER = path.join(ROOT, 'static/css/components');

const sheets = globSync('*.css', { cwd: FOLDER }).map((file): [string, string] => [
  file,
  readFileSync(path.join(FOLDER, file), 'utf8').replaceAll(/\/\*.*?\*\//gs, ''),
]);

/** Declarations that name the left or the right: in a language that is written from the right they stand wrong. */
const physical = (css: string) =>
  [
    ...css.matchAll(
      /(?:^|[;{\s])((?:(?:margin|padding|border)-(?:left|right)[\w-]*|border-(?:top|bottom)-(?:left|right)-radius|left|right)\s*:[^;}]*|(?:text-align|float|clear)\s*:\s*(?:left|right)|(?:margin|padding)\s*:\s*(?:[^\s;(]+)\s+([^\s;(]+)\s+(?:[^\s;(]+)\s+(?!\2)[^\s;(]+(?=[;}]))/g,
    ),
  ].map(([, found]) => found);

t.test('style sheets say start and end, not left and right', async (t) => {
  for (const [file, css] of sheets) t.same(physical(css), [], file);
  t.same(physical('a { margin-left: 2px; padding: 1px 2px 3px 4px; left: 0; text-align: right }'), [
    'margin-left: 2px',
    'padding: 1px 2px 3px 4px',
    'left: 0',
    'text-align: right',
  ]);
  t.same(physical('a { margin: 4px 0 12px; padding: 1px 2px 3px 2px; inset-inline-start: 0 }'), []);
});

t.test('every style sheet is part of the one that is served', async (t) => {
  const index = readFileSync(path.join(FOLDER, 'index.css'), 'utf8');
  const imported = [...index.matchAll(/@import "\.\/(.*?)"/g)].map(([, file]) => file);
  t.same(
    imported.toSorted(),
    sheets
      .map(([file]) => file)
      .filter((file) => file !== 'index.css')
      .toSorted(),
  );
});

t.test('every class and id that is styled is used', async (t) => {
  const used = ['views/**/*.eta', 'src/web/**/*.ts', 'src/browser/**/*.ts']
    .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
    .join('\n');
  for (const [file, css] of sheets) {
    const selectors = [...css.matchAll(/([^{}]+)\{/g)].map(([, selector]) => selector).join(' ');
    // Numbered ones are made: series-1, series-2, …
    const names = new Set([...selectors.matchAll(/[.#](-?[a-z_][\w-]*)/gi)].map(([, name]) => name));
    t.same(
      [...names].filter((name) => !new RegExp(`\\b${name.replace(/\d+$/, '')}`).test(used)),
      [],
      file,
    );
  }
});
