/** Who may import whom: the rules that CONTRIBUTING.md states, checked on every import in src/. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';

const SRC = path.join(import.meta.dirname, '../src');

/** Folder → folders or files of ours that it may import from; `types:` = only by `import type`. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  network: [],
  statistics: [],
  api: ['network', 'training', 'store', 'recognition/sizes'],
  datasets: ['network', 'errors', 'recognition/drawing', 'recognition/normalise'],
  formats: ['network', 'errors'],
  engines: ['network'],
  store: ['errors', 'types:training', 'types:network', 'types:engines', 'types:recognition'],
  training: ['network', 'statistics', 'datasets', 'formats', 'engines', 'errors', 'types:store'],
  recognition: ['network', 'statistics', 'datasets', 'formats', 'engines', 'errors', 'types:store'],
  browser: ['network', 'recognition/drawing', 'recognition/image-data-url'],
  routes: [
    'api',
    'formats',
    'datasets',
    'training',
    'recognition',
    'store',
    'network',
    'statistics',
    'errors',
    'types:app',
    'plugins',
    'types:engines',
  ],
};

/** These know everything; a file at the top of src/ is its own folder. */
const UNRESTRICTED = new Set(['app', 'plugins', 'server', 'backup', 'restore', 'config', 'errors']);

interface Import {
  readonly line: string;
  readonly folder: string;
  /** As "recognition/drawing". */
  readonly file: string;
  readonly onlyTypes: boolean;
}

const folderOf = (file: string) => path.relative(SRC, file).split(path.sep)[0].replace(/\.ts$/, '');

function importsOf(file: string, text: string): Import[] {
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

function offences(file: string, text = readFileSync(file, 'utf8')): string[] {
  const from = folderOf(file);
  return importsOf(file, text)
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
  t.same(
    files.flatMap((file) => offences(file)),
    [],
  );
});

t.test('an import against the rules is found', async (t) => {
  const network = path.join(SRC, 'network/offender.ts');
  t.same(offences(network, "import { RunStore } from '../store/run-store.ts';\n"), [
    'network/offender.ts:1 imports store/',
  ]);
  const store = path.join(SRC, 'store/offender.ts');
  t.same(offences(store, "import type { Settings } from '../training/settings.ts';\n"), [], 'types may be');
  t.same(offences(store, "\nimport { fit } from '../training/fit.ts';\n"), [
    'store/offender.ts:2 imports training/',
  ]);
});
