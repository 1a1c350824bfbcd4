/** The proxies of docs/operations.md, as it has them, before a real server; each where it is installed. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { environment } from './help/environment.ts';
import { until } from './help/helper.ts';
import { address, start } from './help/server-process.ts';

const DOCS = readFileSync(path.join(import.meta.dirname, '../docs/operations.md'), 'utf8');
const NAME = 'lab.example';
const DIGIT = `matrix=${encodeURIComponent(JSON.stringify(Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 112 && i < 672 ? 255 : 0))))}`;

const block = (language: string) => {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(DOCS);
  if (!found) throw new Error(`docs/operations.md has no block for ${language}`);
  return found[1];
};

const folder = (t: Test) => {
  const made = mkdtempSync(path.join(tmpdir(), 'lenet5-proxy-'));
  // Root's proxies become another user.
  chmodSync(made, 0o777);
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What a browser sends that was told `origin`, over plain HTTP from another machine: no Sec-Fetch-Site. */
function post(port: number, origin: string, headers: Record<string, string> = {}): Promise<Answer> {
  const url = new URL(origin);
  const ask = url.protocol === 'https:' ? secureRequest : request;
  return new Promise((resolve, reject) => {
    const sent = ask(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/recognize',
        agent: false,
        rejectUnauthorized: false,
        headers: {
          host: url.host,
          origin,
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
      },
      (answer) => {
        let body = '';
        answer.on('data', (text) => (body += text));
        answer.on('end', () => resolve({ status: answer.statusCode as number, body }));
      },
    );
    sent.on('error', reject);
    sent.end(DIGIT);
  });
}

/** A server that trusts a proxy on this machine; its port. */
async function workbench(t: Test): Promise<string> {
  const environment = { ALLOWED_HOSTS: NAME, TRUST_PROXY: '127.0.0.1', TOKEN: 'chalk-and-slate' };
  return new URL(await address(start(t, { DATA_DIR: folder(t), ...environment }))).port;
}

async function run(t: Test, port: number, command: string, args: string[]): Promise<void> {
  // Caddy keeps something in its home.
  const env = environment({ HOME: folder(t), XDG_CONFIG_HOME: folder(t), XDG_DATA_HOME: folder(t) });
  const proxy = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [proxy.stdout, proxy.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise((resolve) => proxy.once('exit', resolve));
  t.teardown(async () => {
    proxy.kill('SIGTERM');
    await ended;
  });
  const answers = () =>
    new Promise<boolean>((resolve) =>
      request({ host: '127.0.0.1', port, agent: false }, () => resolve(true))
        .on('error', () => resolve(false))
        .end(),
    );
  await until(async () => {
    if (proxy.exitCode !== null) throw new Error(output);
    return await answers();
  }, 20);
}

const PROXIES = {
  async nginx(t: Test, server: string) {
    const at = folder(t);
    const file = path.join(at, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const paths = temporary.map((name) => `${name}_temp_path ${at}/${name};`).join('\n');
    writeFileSync(
      file,
      `pid ${at}/pid;\nerror_log ${at}/log;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${server}\n}\n`,
    );
    return ['-c', file, '-g', 'daemon off;', '-e', `${at}/log`];
  },
  async caddy(t: Test, site: string) {
    const at = folder(t);
    writeFileSync(path.join(at, 'Caddyfile'), `{\nadmin off\n}\n${site}`);
    return ['run', '--adapter', 'caddyfile', '--config', path.join(at, 'Caddyfile')];
  },
  async apache2(t: Test, site: string) {
    const at = folder(t);
    const modules = '/usr/lib/apache2/modules';
    const load = ['mpm_event', 'authz_core', 'headers', 'proxy', 'proxy_http']
      .map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`)
      .join('\n');
    const own = `ServerRoot ${at}\nServerName localhost\nPidFile ${at}/pid\nDefaultRuntimeDir ${at}\nErrorLog ${at}/log\n`;
    mkdirSync(path.join(at, 'empty'));
    const user = process.getuid?.() === 0 ? 'User nobody\nGroup nogroup\n' : '';
    writeFileSync(path.join(at, 'apache.conf'), `${load}\n${own}${user}${site}`);
    return ['-f', path.join(at, 'apache.conf'), '-DFOREGROUND'];
  },
};

const LANGUAGES = { nginx: 'nginx', caddy: 'caddy', apache2: 'apache' } as const;

/** The file of a command, also of one that only root's PATH has; null where it is not installed. */
const fileOf = (command: string) =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin']
    .map((at) => path.join(at, command))
    .find((file) => existsSync(file)) ?? null;

const at = (text: string, server: string, port: number) =>
  text.replaceAll('127.0.0.1:8000', `127.0.0.1:${server}`).replaceAll('8080', String(port));

for (const [command, language] of Object.entries(LANGUAGES) as [keyof typeof LANGUAGES, string][]) {
  t.test(`${command} as docs/operations.md has it`, async (t) => {
    const text = block(language);
    const file = fileOf(command);
    if (file === null) return t.pass(`${command} is not installed here`);
    const server = await workbench(t);
    const port = await freePort();
    await run(t, port, file, await PROXIES[command](t, at(text, server, port)));
    const origin = `http://${NAME}:${port}`;
    const answer = await post(port, origin);
    t.equal(answer.status, 200, answer.body);
    t.equal((await post(port, origin, { host: `LAB.Example:${port}` })).status, 200, 'in upper case');
    for (const headers of [
      { origin: 'http://elsewhere.example' },
      { origin: `http://${NAME}` },
      { 'sec-fetch-site': 'cross-site' },
      // What a client says of itself is replaced, or stands before what the proxy says.
      { origin: 'http://elsewhere.example', 'x-forwarded-host': 'elsewhere.example' },
    ]) {
      t.equal((await post(port, origin, headers)).status, 403, JSON.stringify(headers));
    }
    // Names that point here: no answer of ours under any.
    const rebound = { host: 'rebound.example', origin: 'http://rebound.example' };
    const forwarded = { ...rebound, 'x-forwarded-host': `${NAME}:${port}`, 'x-forwarded-port': String(port) };
    for (const headers of [rebound, forwarded]) {
      t.notMatch((await post(port, origin, headers)).body, /"digit"/, 'another name');
    }
  });
}

t.test('nginx set up otherwise', async (t) => {
  const file = fileOf('nginx');
  if (file === null) return t.pass('nginx is not installed here');
  const server = await workbench(t);
  /** @param lines in place of those of docs/operations.md that set headers */
  const nginx = async (t: Test, lines: string[], change = (text: string) => text) => {
    const port = await freePort();
    const kept = block('nginx').replace(/^.*proxy_set_header.*\n/gm, '');
    const text = kept.replace('proxy_buffering off;', ['proxy_buffering off;', ...lines].join('\n'));
    await run(t, port, file, await PROXIES.nginx(t, change(at(text, server, port))));
    return port;
  };
  const asked = async (port: number) => await post(port, `http://${NAME}:${port}`);
  const header = (name: string, value: string) => `proxy_set_header ${name} ${value};`;

  await t.test('one that drops the port is told of Host', async (t) => {
    const port = await nginx(t, [header('Host', '$host')]);
    const { status, body } = await asked(port);
    t.equal(status, 403);
    const { detail } = JSON.parse(body);
    t.match(detail, `Origin is "http://${NAME}:${port}", but Host is "${NAME}"`);
    t.match(detail, 'proxy_set_header Host $http_host;');
  });
  await t.test('one that names the upstream, too', async (t) => {
    const { status, body } = await asked(await nginx(t, []));
    t.equal(status, 403);
    t.match(JSON.parse(body).detail, `but Host is "127.0.0.1:${server}"`);
  });
  for (const lines of [
    [header('Host', '$http_host')],
    [header('Host', '$host:$server_port')],
    [header('Host', '$host'), header('X-Forwarded-Host', '$http_host')],
    [header('Host', '$host'), header('X-Forwarded-Port', '$server_port')],
    [header('X-Forwarded-Host', '$http_host')],
    [header('X-Forwarded-Host', '$host'), header('X-Forwarded-Port', '$server_port')],
  ]) {
    await t.test(lines.join(' '), async (t) => t.equal((await asked(await nginx(t, lines))).status, 200));
  }
  await t.test('one that ends TLS', async (t) => {
    const files = folder(t);
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => path.join(files, name));
    const made = [
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
      '-subj',
      `/CN=${NAME}`,
    ];
    execFileSync('openssl', ['req', '-x509', ...made], { stdio: 'pipe' });
    const port = await nginx(t, [header('Host', '$http_host')], (text) =>
      text.replace(
        /listen (\d+);/,
        `listen $1 ssl;\nssl_certificate ${certificate};\nssl_certificate_key ${key};`,
      ),
    );
    t.equal((await post(port, `https://${NAME}:${port}`)).status, 200);
    t.equal((await post(port, `https://${NAME}`)).status, 200, 'as on port 443');
    t.equal((await post(port, `https://${NAME}`, { origin: 'https://elsewhere.example' })).status, 403);
  });
});
