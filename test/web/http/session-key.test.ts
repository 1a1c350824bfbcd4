import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { sessionKey } from '../../../src/web/http/session-key.ts';

const fingerprint = Buffer.alloc(32, 1);

function build(dataDir: string) {
  const warnings: string[] = [];
  const log = { warn: (_error: unknown, message: string) => warnings.push(message) };
  return {
    warnings,
    key: (digest = fingerprint) => sessionKey({ dataDir, fingerprint: digest, log }).toString('hex'),
  };
}

t.test('the key stays with the data folder, for its owner alone, and changes with the tokens', async (t) => {
  const folder = t.testdir({});
  const { key, warnings } = build(folder);
  const first = key();
  t.match(first, /^[\da-f]{64}$/);
  t.equal(key(), first);
  t.not(key(Buffer.alloc(32, 2)), first, 'another token');
  const file = path.join(folder, 'session.key');
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.equal(statSync(file).size, 32);
  t.not(readFileSync(file).toString('hex'), first, 'which is not all of it');
  t.not(build(t.testdir({ other: {} })).key(), first, 'another folder');
  t.same(warnings, []);
});

t.test('a file that was cut short is made anew', async (t) => {
  const folder = t.testdir({});
  const { key, warnings } = build(folder);
  writeFileSync(path.join(folder, 'session.key'), 'short');
  const made = key();
  t.equal(key(), made);
  t.same(warnings, []);
});

t.test('where nothing can be kept it says so, and goes on', async (t) => {
  const { key, warnings } = build(path.join(t.testdir({}), 'nowhere'));
  t.not(key(), key());
  t.match(warnings, [/session\.key cannot be read or written: the next restart signs everyone out/]);
  const memory = build(':memory:');
  t.not(memory.key(), memory.key());
  t.same(memory.warnings, []);
});

t.test(
  'one that may not be read is left as it is',
  { skip: process.getuid?.() === 0 && 'root reads all' },
  async (t) => {
    const folder = t.testdir({ 'session.key': 'x'.repeat(32) });
    const file = path.join(folder, 'session.key');
    chmodSync(file, 0);
    const { key, warnings } = build(folder);
    key();
    t.equal(warnings.length, 1);
    chmodSync(file, 0o600);
    t.equal(readFileSync(file, 'utf8'), 'x'.repeat(32));
  },
);
