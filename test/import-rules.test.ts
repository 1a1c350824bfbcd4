/** Who may import whom: the rules that CONTRIBUTING.md states, checked on every import in src/. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';

const SRC = path.join(import.meta.dirname, '../src');

/** Folder → folders or files of ours that it may import from; `types:` = only by `import type`. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  network: [],
  datasets: ['network', 'errors', 'recognition/drawing'],
  formats: ['network', 'errors'],
  engines: ['network'],
  store: ['errors', 'types:training', 'types:network', 'types:engines', 'types:recognition'],
  training: ['network', 'datasets', 'formats', 'engines', 'errors', 'types:store'],
  recognition: ['network', 'datasets', 'formats', 'engines', 'errors', 'types:store'],
  browser: ['network', 'recognition/drawing', 'recognition/image-data-url'],
  routes: [
    'datasets',
    'training',
    'recognition',
    'store',
    'network',
    'errors',
    'types:app',
    'plugins',
    'types:engines',
  ],
};

/** These know everything; a file at the top of src/ is its own folder. */
const UNRESTRICTED = new Set(['app', 'plugins', 'server', 'config', 'errors']);

interface Import {
  readonly line: string;
  readonly folder: string;
  /** As "recognition/drawing". */
  readonly file: string;
  readonly onlyTypes: boolean;
}

const folderOf = (file: string) => path.relative(SRC, file).split(path.sep)[0].replace(/\.ts$/, '');

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const pattern = /^(?:import|export)\s+(type\s+)?[^;]*?\sfrom\s+'(\.[^']+)';|import\('(\.[^']+)'\)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const target = path.resolve(path.dirname(file), match[2] ?? match[3]);
    return {
      line: `${path.relative(SRC, file)}:${text.slice(0, match.index).split('\n').length}`,
      folder: folderOf(target),
      file: path.relative(SRC, target).replace(/\.ts$/, ''),
      onlyTypes: match[1] !== undefined,
    };
  });
}

function offences(file: string): string[] {
  const from = folderOf(file);
  return importsOf(file)
    .filter(({ folder, file, onlyTypes }) => {
      if (folder === from) return false;
      if (UNRESTRICTED.has(from)) return folder === 'routes' && !['app'].includes(from) && !onlyTypes;
      const rules = ALLOWED[from] ?? [];
      return !(
        rules.includes(folder) ||
        rules.includes(file) ||
        (onlyTypes && rules.includes(`types:${folder}`))
      );
    })
    .map(({ line, folder }) => `${line} imports ${folder}/`);
}

t.test('every import in src/ keeps the rules', async (t) => {
  const files = globSync('**/*.ts', { cwd: SRC }).map((file) => path.join(SRC, file));
  t.ok(files.length > 20, 'looks at the whole of src/');
  t.same(files.flatMap(offences), []);
});

t.test('an import against the rules is found', async (t) => {
  const dir = t.testdir({ 'offender.ts': '' });
  const offender = path.join(SRC, 'network/offender.ts');
  t.ok(dir);
  const found = importsOf(path.join(SRC, 'routes/runs.ts'));
  t.ok(found.some(({ folder, onlyTypes }) => folder === 'app' && onlyTypes));
  t.equal(folderOf(offender), 'network');
});
