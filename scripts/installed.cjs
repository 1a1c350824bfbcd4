/**
 * Loaded before each npm script (`node -r ./scripts/installed.cjs …`), by whatever Node there is: when the installation
 * lacks what the script needs, says what and what to type, in one sentence, where Node would show a stack. So it is
 * CommonJS that an old Node reads too, and requires nothing that has to be installed.
 */
const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

const ROOT = path.join(__dirname, '..');

/** These need what `npm ci --omit=dev` installs; all other scripts are for development. */
const IN_USE = /^(src|dist|scripts)\/(server|backup|restore|build|tensorflow-install)\.[jt]s$/;

if (isMainThread) {
  const main = path.relative(process.cwd(), process.argv[1] || '').replaceAll(path.sep, '/');
  const sentence = whatToType(main);
  if (sentence !== null) {
    console.error(sentence);
    process.exit(1);
  }
}

/** @returns null when nothing is missing */
function whatToType(main) {
  const develops = !IN_USE.test(main);
  const { dependencies, devDependencies, engines } = readJson('package.json');
  const reasons = [];
  const flags = new Set();

  const lacking = packagesThatLack(dependencies);
  if (lacking.length === Object.keys(dependencies).length) reasons.push('the packages are not installed');
  else {
    const development = develops ? packagesThatLack(devDependencies) : [];
    const known = new Set([...lacking, ...development]);
    const { parts, others } = lackingBelow(develops && development.length === 0, known);
    const gone = [...lacking, ...others];
    if (gone.length > 0) reasons.push(`the installation lacks ${list(gone)}`);
    if (parts.length > 0) {
      flags.add('--include=optional');
      reasons.push(`the installation lacks what is made for this machine, ${list(parts)}`);
    }
    if (development.length > 0) {
      flags.add('--include=dev');
      reasons.push(`this is for development, and the installation lacks ${list(development)}`);
    }
    const needed = engines.node.replace('>=', '');
    if (isOlder(process.versions.node, needed)) {
      if (!existsSync(path.join(ROOT, 'node_modules/node/bin/node'))) flags.add('--ignore-scripts=false');
      reasons.push(
        `Node ${process.versions.node} is too old (it takes ${needed}), and install scripts put no newer one into node_modules`,
      );
    }
  }
  if (reasons.length === 0 && !main.startsWith('dist/')) {
    const fault = faultOf('sharp');
    if (fault !== null) {
      flags.add('--include=optional');
      reasons.push(`the library that reads pictures does not load (${fault})`);
    }
  }
  if (reasons.length > 0) {
    const [first, ...rest] = reasons.join('; ');
    return `${first.toUpperCase()}${rest.join('')}: type \`${['npm ci', ...flags, ...kept()].join(' ')}\`.`;
  }
  // npm runs no prestart where ignore-scripts is set.
  if (main.startsWith('dist/') && !existsSync(path.join(ROOT, 'dist/built')))
    return 'The workbench is not built: type `npm run build`.';
  return null;

  /** What npm's settings would leave out again. */
  function kept() {
    const { NODE_ENV, npm_config_omit = '' } = process.env;
    const more = [];
    if (develops && (NODE_ENV === 'production' || /dev/.test(npm_config_omit))) more.push('--include=dev');
    if (/optional/.test(npm_config_omit)) more.push('--include=optional');
    return more.filter((flag) => !flags.has(flag));
  }
}

/** Those that are absent or of another version than the one named: all are named exactly. */
function packagesThatLack(versions) {
  return Object.keys(versions)
    .map((name) => {
      const file = `node_modules/${name}/package.json`;
      if (!existsSync(path.join(ROOT, file))) return name;
      const { version } = readJson(file);
      return version === versions[name] ? null : `${name} ${versions[name]} (it has ${version})`;
    })
    .filter((name) => name !== null);
}

/**
 * What the packages themselves need, where npm installed them: by name, because npm can be told to put them elsewhere.
 *
 * @param develops are those of development packages needed too?
 * @param known named already
 */
function lackingBelow(develops, known) {
  const installed = 'node_modules/.package-lock.json';
  if (!existsSync(path.join(ROOT, installed))) return { parts: [], others: [] };
  const there = new Set(Object.keys(readJson(installed).packages).filter(isThere).map(nameOf));
  const lacking = Object.entries(readJson('package-lock.json').packages).filter(
    ([key, { dev, devOptional }]) =>
      key !== '' && !there.has(nameOf(key)) && !known.has(nameOf(key)) && (develops || !(dev || devOptional)),
  );
  const ofMachine = ({ os, cpu }) => os !== undefined || cpu !== undefined;
  return {
    parts: lacking.filter(([, entry]) => ofMachine(entry) && fits(entry)).map(([key]) => nameOf(key)),
    others: lacking.filter(([, entry]) => !ofMachine(entry) && !entry.optional).map(([key]) => nameOf(key)),
  };
}

function isThere(key) {
  return existsSync(path.join(ROOT, key, 'package.json'));
}

function nameOf(key) {
  return key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** @param entry of package-lock.json; an absent list means all */
function fits({ os, cpu, libc }) {
  if (os !== undefined && !os.includes(process.platform)) return false;
  if (cpu !== undefined && !cpu.includes(process.arch)) return false;
  return libc === undefined || process.platform !== 'linux' || libc.includes(libcOfNode());
}

function libcOfNode() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** A part may be there and its library be gone, or be for another machine: only loading it tells. */
function faultOf(name) {
  try {
    require(path.join(ROOT, 'node_modules', name));
    return null;
  } catch ({ message }) {
    return message.split('\n')[0];
  }
}

function isOlder(version, than) {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  return a[0] !== b[0] ? a[0] < b[0] : a[1] < (b[1] || 0);
}

function list(names) {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

function readJson(file) {
  return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
}
