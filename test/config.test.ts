import { readFileSync } from 'node:fs';
import path from 'node:path';
import Fastify from 'fastify';
import t from 'tap';
import { ConfigError, readConfig, VARIABLES } from '../src/config.ts';
import { trustedProxies } from '../src/web/http/authority.ts';

t.test('defaults', async (t) => {
  const config = readConfig({});
  t.match(config, {
    host: '127.0.0.1',
    port: 8000,
    model: null,
    engine: 'simd',
    logLevel: 'warn',
    dev: false,
  });
  t.equal(config.dataDir, path.resolve('data'));
  t.ok(config.threads >= 1);
  t.ok(Object.isFrozen(config));
});

t.test('reads what is set', async (t) => {
  const config = readConfig({
    HOST: '0.0.0.0',
    PORT: '0',
    DATA_DIR: 'elsewhere',
    MODEL: 'lenet5.h5',
    THREADS: '3',
    DEV: '1',
  });
  t.match(config, { host: '0.0.0.0', port: 0, threads: 3, dev: true });
  t.equal(config.dataDir, path.resolve('elsewhere'));
  t.equal(config.model, path.resolve('lenet5.h5'));
});

t.test('names and addresses come as lists, tokens are told to nobody', async (t) => {
  const config = readConfig({ ALLOWED_HOSTS: 'Lab.example, .school.example', TRUST_PROXY: '10.0.0.0/8' });
  t.same(config.allowedHosts, ['lab.example', '.school.example']);
  t.same(config.trustProxy, ['10.0.0.0/8']);
  t.same(readConfig({}).allowedHosts, []);
  t.equal(readConfig({ TOKEN: 'chalk-and-slate' }).token, 'chalk-and-slate');
  t.equal(readConfig({}).token, null);
  t.throws(() => readConfig({ TOKEN: 'secret' }), {
    message: 'TOKEN must be at least 8 letters, digits or signs, without spaces.',
  });
});

t.test('a bad value is one sentence that names the variable', async (t) => {
  const bad = {
    HOST: 'two words',
    PORT: '80a',
    BASE_PATH: '/lab/../etc',
    DATA_DIR: '',
    DATABASE_URL: 'mysql://ada:secret@db/workbench',
    KEEP_DAYS: '0',
    MODEL: 'a\0b',
    PROMOTE: 'sometimes',
    THREADS: '0',
    ENGINE: 'cuda',
    TENSORFLOW_DIR: 'a\0b',
    TOKEN: 'short',
    ADMIN_TOKEN: 'with space',
    RECOGNIZE_TOKEN: '1234567',
    ALLOWED_HOSTS: 'a b',
    TRUST_PROXY: 'nginx!',
    RATE_LIMIT: 'many',
    MAX_CONNECTIONS: '1',
    LOG_LEVEL: 'loud',
    LOG_FORMAT: 'xml',
    DEV: 'yes',
  };
  t.same(Object.keys(bad), Object.keys(VARIABLES), 'every variable has a bad value here');
  for (const [name, value] of Object.entries(bad)) {
    t.throws(() => readConfig({ [name]: value }), {
      name: 'ConfigError',
      message: new RegExp(`^${name} must be .*\\.$`, 's'),
    });
    t.throws(() => readConfig({ [name]: value }), { message: /^(?!.*secret)/s }, 'no password in a log');
  }
  t.throws(() => readConfig({ PORT: '65536' }), ConfigError);
  t.throws(() => readConfig({ PORT: '-1' }), ConfigError);
  t.throws(() => readConfig({ THREADS: '1.5' }), ConfigError);
});

t.test('the README documents every variable with its default', async (t) => {
  const readme = readFileSync(path.join(import.meta.dirname, '../README.md'), 'utf8');
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    t.ok(row, `${name} has a row`);
    t.ok(row?.includes(variable.meaning), `${name}'s meaning is the one in config.ts`);
    if (variable.default)
      t.ok(row?.includes(`\`${variable.default}\``), `${name}'s default is ${variable.default}`);
  }
});

t.test('proxies are networks that exist', async (t) => {
  const good = [
    '10.0.0.1',
    '10.0.0.0/8',
    '192.168.7.0/32',
    '::1',
    'FE80::/10',
    '::ffff:10.0.0.1',
    '10.0.0.1, ::1',
  ];
  for (const TRUST_PROXY of good) {
    const { trustProxy } = readConfig({ TRUST_PROXY });
    const isTrusted = trustedProxies(trustProxy);
    t.equal(isTrusted('203.0.113.1'), false, TRUST_PROXY);
    t.doesNotThrow(() => Fastify({ trustProxy: [...trustProxy] }), TRUST_PROXY);
  }
  const bad = [
    'abc',
    '999.1.1.1',
    '10.0.0.1:80',
    '1:2',
    '10.0.0',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::1/129',
    '::1, x',
  ];
  for (const TRUST_PROXY of bad) {
    const message = `TRUST_PROXY must be IP addresses or subnets, separated by commas, not "${TRUST_PROXY}".`;
    t.throws(() => readConfig({ TRUST_PROXY }), { message });
  }
});

t.test('a base path has no slash at its end, however it is said', async (t) => {
  for (const [said, base] of [
    ['', ''],
    ['/', ''],
    ['/lab', '/lab'],
    ['/lab/', '/lab'],
    ['/labs/room-3', '/labs/room-3'],
  ]) {
    t.equal(readConfig({ BASE_PATH: said }).basePath, base, said);
  }
  for (const bad of ['lab', '//lab', '/lab//', '/a b', '/..', '/lab?x', '/<'])
    t.throws(() => readConfig({ BASE_PATH: bad }), /^BASE_PATH must be a path/, bad);
});
