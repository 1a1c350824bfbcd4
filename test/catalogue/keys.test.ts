/** Each message is said somewhere, and nothing that people read stands anywhere else. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { EN } from '../../src/catalogue/en.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const KEYS = Object.keys(EN);

const read = (pattern: string): [file: string, text: string][] =>
  globSync(pattern, { cwd: ROOT }).map((file) => [
    file.replaceAll(path.sep, '/'),
    readFileSync(path.join(ROOT, file), 'utf8'),
  ]);
const views = read('views/**/*.eta');
const sources = read('src/**/*.ts').filter(([file]) => !file.startsWith('src/catalogue/'));

/** Written the same in every language: names, Keras's among them, and attributes that stand alone in a template. */
const NO_WORDS =
  /^(?:(?:· )?LeNet-5 workbench|MNIST|JSON|CSV|(?:val_)?(?:loss|accuracy)|\/metrics|(?:[\w:-]+="[^"]*"?\s*)+|error"|[\p{P}\p{S}\p{N}\s×·…–]*|&\w+;)$/u;

/** Quoted keys, and those made of a pattern: `settings.${name}.label`. */
function isSaid(key: string, texts: readonly string[]): boolean {
  return texts.some(
    (text) => text.includes(`'${key}'`) || patterns(text).some((pattern) => pattern.test(key)),
  );
}

function patterns(text: string): RegExp[] {
  const templates = text.match(/`[a-z]\w*\.[\w.]*\$\{[^`]*`/g) ?? [];
  return templates.map((template) => {
    const parts = template.slice(1, -1).split(/\$\{[^}]*\}/);
    return new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('[\\w-]+')}$`);
  });
}

/** What a template shows that is neither a message nor a value. */
function bareWords(text: string): string[] {
  const code = [...text.matchAll(/<%(.*?)%>/gs)].map(([, inside]) => inside);
  const plain = text.replaceAll(/<%.*?%>/gs, '§');
  const shown = plain.replaceAll(/<[^>]*>/gs, '§').split('§');
  const attributes = [
    ...plain.matchAll(/\s(?:title|alt|placeholder|aria-label|aria-description|value)="([^"]*)"/g),
  ]
    .filter(([attribute]) => !/\svalue="[\w§]*"/.test(attribute))
    .flatMap(([, value]) => value.split('§'));
  // A sentence in code: a quoted text with a blank between letters, or one that begins with a capital.
  const quoted = code.flatMap((inside) =>
    [...inside.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/'([^']*)'|`([^`]*)`/g)]
      .map(([, single, template]) => single ?? template.replaceAll(/\$\{[^}]*\}/g, '§'))
      .filter((words) => /[a-z,] [a-z]|^[A-Z][a-z]+/.test(words)),
  );
  return [...shown, ...attributes, ...quoted]
    .map((words) => words.trim())
    .filter((words) => !NO_WORDS.test(words));
}

t.test('every message of the catalogue is said', async (t) => {
  const texts = [...views, ...sources].map(([, text]) => text);
  t.same(
    KEYS.filter((key) => !isSaid(key, texts)),
    [],
  );
  t.notOk(isSaid('frame.nothing', texts), 'one that is not would be found');
});

t.test('a template says only messages that there are', async (t) => {
  const said = views.flatMap(([file, text]) =>
    [...text.matchAll(/\bt(?:\.text)?\(\s*'([^']+)'/g)].map(([, key]) => [file, key]),
  );
  t.ok(said.length > 0);
  t.same(
    said.filter(([, key]) => !KEYS.includes(key)),
    [],
  );
});

t.test('no words stand in a template', async (t) => {
  for (const [file, text] of views) t.same(bareWords(text), [], file);
  t.same(bareWords('<p title="Two words"><%= x ? \'all of them\' : "" %> A word</p>'), [
    'A word',
    'Two words',
    'all of them',
  ]);
});
