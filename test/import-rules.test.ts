/** Imports only go down one list of folders, and never in a circle: on every import in src/, also of types only. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';

const ROOT = path.join(import.meta.dirname, '..');
const SRC = path.join(ROOT, 'src');

/** The folders and single files of src/, as CONTRIBUTING.md describes them: each may import those below it. */
const HOUSE = [
  'server',
  'restore',
  'backup',
  'app',
  'web/operations',
  'web/rooms',
  'web/server',
  'web/people',
  'web/corrections',
  'web/drawings',
  'web/sweeps',
  'web/runs',
  'web/inside',
  'web/models',
  'web/api',
  'web/http',
  'web/answer',
  'web/format',
  'web/field',
  'web/page',
  'workbench',
  'roles',
  'config',
  'recognition',
  'queue',
  'store',
  'rooms',
  'corrections',
  'runs',
  'training',
  'datasets',
  'inside',
  'engines',
  'formats',
  'browser',
  'images',
  'statistics',
  'network',
  'addresses',
  'time-slices',
  'version',
  'errors',
  'catalogue',
];

/** These compute: they know nothing of HTTP, of the store and of files. */
const PURE = ['network', 'statistics', 'inside', 'rooms', 'runs', 'corrections', 'browser'];

interface Import {
  readonly line: number;
  /** A file of ours, as "images/drawing", or a package. */
  readonly target: string;
}

/** As "images/drawing". */
const nameOf = (file: string) => path.relative(SRC, file).replace(/\.ts$/, '').replaceAll(path.sep, '/');

/** Where in the list it lies: "web/runs", "images", "app"; undefined for a folder that is not in it. */
function placeOf(name: string): string | undefined {
  const parts = name.split('/');
  return [parts.slice(0, 2).join('/'), parts[0]].find((place) => HOUSE.includes(place));
}

function importsOf(name: string, text: string): Import[] {
  const pattern = /^(?:import|export)\s(?:[^;'"]*?\sfrom\s)?'([^']+)';|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const said = match[1] ?? match[2];
    return {
      line: text.slice(0, match.index).split('\n').length,
      target: said.startsWith('.') ? nameOf(path.resolve(SRC, path.dirname(name), said)) : said,
    };
  });
}

function offences(name: string, text: string): string[] {
  const from = placeOf(name);
  if (from === undefined) return [`${name} lies in no folder of the list`];
  return importsOf(name, text)
    .filter(({ target }) => {
      const to = placeOf(target);
      // The server has only its bundle.
      if (to === 'browser' && from !== 'browser') return true;
      if (to !== undefined) return HOUSE.indexOf(to) < HOUSE.indexOf(from);
      return PURE.includes(from) && /^(?:node:|@?fastify)/.test(target);
    })
    .map(({ line, target }) => `${name}:${line} imports ${target}`);
}

/** Files that import each other, directly or by others (Tarjan's strongly connected components). */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (name: string): void => {
    order.set(name, order.size);
    lowest.set(name, order.get(name)!);
    open.push(name);
    for (const next of graph.get(name) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(name, Math.min(lowest.get(name)!, lowest.get(next)!));
    }
    if (lowest.get(name) !== order.get(name)) return;
    const circle = open.splice(open.indexOf(name));
    if (circle.length > 1) found.push(circle);
  };
  for (const name of graph.keys()) if (!order.has(name)) visit(name);
  return found;
}

const files = new Map(
  globSync('**/*.ts', { cwd: SRC }).map((file): [string, string] => [
    nameOf(path.join(SRC, file)),
    readFileSync(path.join(SRC, file), 'utf8'),
  ]),
);

t.test('every import in src/ goes down the list', async (t) => {
  t.ok(files.size > 200, 'looks at the whole of src/');
  t.same(
    [...files].flatMap(([name, text]) => offences(name, text)),
    [],
  );
  t.same(
    HOUSE.filter((place) => ![...files.keys()].some((name) => placeOf(name) === place)),
    [],
    'nothing in the list is gone',
  );
});

t.test('no files import each other in a circle', async (t) => {
  const graph = new Map(
    [...files].map(([name, text]) => [name, importsOf(name, text).map(({ target }) => target)]),
  );
  t.ok([...graph.values()].flat().length > 1000, 'follows the imports');
  t.same(circles(graph), []);
});

t.test('an import against the rules is found', async (t) => {
  t.same(offences('network/new', "import { RunStore } from '../store/run-store.ts';\n"), [
    'network/new:1 imports store/run-store',
  ]);
  t.same(offences('store/new', "\nimport type { Workbench } from '../workbench.ts';\n"), [
    'store/new:2 imports workbench',
  ]);
  t.same(offences('web/http/new', "const it = import('../runs/form.ts');\n"), [
    'web/http/new:1 imports web/runs/form',
  ]);
  t.same(offences('runs/new', "import type { FastifyRequest } from 'fastify';\n"), [
    'runs/new:1 imports fastify',
  ]);
  t.same(offences('app', "import { mount } from './browser/pad.ts';\n"), ['app:1 imports browser/pad']);
  t.same(offences('store/new', "import type { Settings } from '../training/settings.ts';\n"), []);
  t.same(offences('elsewhere/new', ''), ['elsewhere/new lies in no folder of the list']);
  const ring = new Map(Object.entries({ a: ['b'], b: ['c'], c: ['b', 'x'], d: ['a'] }));
  t.same(circles(ring), [['b', 'c']]);
});

t.test("CONTRIBUTING's map is this list", async (t) => {
  const text = readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const [, block = ''] = /^```\nsrc\/\n([\s\S]*?)\n```$/m.exec(text) ?? [];
  const said = [...block.matchAll(/^ {2}([\w/-]+?)(?:\/|\.ts)\s/gm)].map(([, name]) => name);
  t.same(said, HOUSE);
});
