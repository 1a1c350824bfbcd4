import t from 'tap';
import { SignedOutStore } from '../../../src/store/signed-out-store.ts';
import { openSqlite } from '../../../src/store/sqlite/sqlite-database.ts';
import { SESSION_SECONDS, Sessions, type SessionsOptions } from '../../../src/web/http/sessions.ts';

const KEY = Buffer.alloc(32, 7);

/** Sessions, and how to begin anew with what is kept, as a restart does. */
async function build({ key = KEY, now = () => 0 }: Partial<Pick<SessionsOptions, 'key' | 'now'>> = {}) {
  const errors: string[] = [];
  const ended = new SignedOutStore(openSqlite(':memory:'));
  const log = { error: (_error: unknown, message: string) => errors.push(message) };
  const restart = async (change: Partial<SessionsOptions> = {}) => {
    const sessions = new Sessions({ key, ended, log, now, ...change });
    await sessions.open();
    return sessions;
  };
  return { sessions: await restart(), restart, ended, errors };
}

t.test('a session ends after a day at school, or when it is ended; also after a restart', async (t) => {
  let now = 1_790_000_000_000;
  const { sessions, restart } = await build({ now: () => now });
  const [a, b] = [sessions.begin('admin'), sessions.begin('user')];
  t.match(sessions.find(a), { grant: 'admin', id: /^[\w-]{22}$/ });
  t.match((await restart()).find(b), { grant: 'user' });
  await sessions.end(a);
  t.equal(sessions.find(a), 'none');
  t.equal((await restart()).find(a), 'none', 'a restart does not bring it back');
  now += SESSION_SECONDS * 1000 - 1000;
  t.match((await restart()).find(b), { grant: 'user' });
  now += 1000;
  t.equal(sessions.find(b), 'over');
  t.equal((await restart()).find(b), 'over');
});

t.test('no two are alike, and none tells of the key', async (t) => {
  const { sessions } = await build();
  const made = new Set(Array.from({ length: 100 }, () => sessions.begin('user')));
  t.equal(made.size, 100);
  t.notMatch([...made].join(), KEY.toString('base64url'));
});

t.test('nobody makes one without the key, or makes more of one', async (t) => {
  const { sessions, restart } = await build();
  const cookie = sessions.begin('user');
  const [grant, ends, id, signature] = cookie.split('.');
  for (const [forged, found] of [
    [['admin', ends, id, signature], 'foreign'],
    [[grant, 'zzzzzz', id, signature], 'foreign'],
    [[grant, ends, 'A'.repeat(22), signature], 'foreign'],
    [[grant, ends, id, `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`], 'foreign'],
    [[grant, ends, id, signature.slice(1)], 'none'],
    [[grant, ends, id, `${signature}A`], 'none'],
    [[grant, ends, id, ''], 'none'],
    [[grant, ends, signature], 'none'],
    [[grant, ends, id, id, signature], 'none'],
    [[''], 'none'],
    [['made up'], 'none'],
    [['x'.repeat(100_000)], 'none'],
  ] as const) {
    t.equal(sessions.find(forged.join('.')), found, forged.join('.').slice(0, 90));
  }
  t.equal((await restart({ key: Buffer.alloc(32, 8) })).find(cookie), 'foreign', 'another key');
  await sessions.end([grant, ends, 'A'.repeat(22), signature].join('.'));
  t.match(sessions.find(cookie), { grant: 'user' }, 'what is no session ends none');
});

t.test('those that were ended are remembered until they are over', async (t) => {
  let now = 0;
  const { sessions, restart, ended } = await build({ now: () => now });
  const first = sessions.begin('user');
  await sessions.end(first);
  for (let i = 0; i < 100; i++) await sessions.end(sessions.begin('user'));
  await sessions.end(first);
  t.equal((await ended.since(0)).length, 101);
  now = SESSION_SECONDS * 1000;
  await restart();
  t.same(await ended.since(0), []);
});

t.test('so many of them at most: the oldest go first', async (t) => {
  let now = 0;
  const { restart, ended } = await build({ now: () => now });
  const sessions = await restart({ most: 10 });
  const cookies = Array.from({ length: 11 }, () => {
    now += 1000;
    return sessions.begin('user');
  });
  for (const cookie of cookies) await sessions.end(cookie);
  t.equal((await ended.since(0)).length, 9);
  t.match(sessions.find(cookies[0]), { grant: 'user' });
  t.equal(sessions.find(cookies[2]), 'none');
  t.equal((await restart()).find(cookies[10]), 'none');
});

t.test('one can sign out although the disk is full', async (t) => {
  const { restart, ended, errors } = await build();
  const full = {
    add: () => {
      throw new Error('disk full');
    },
    since: async () => [],
    delete: async () => {},
  };
  const sessions = await restart({ ended: full });
  const cookie = sessions.begin('user');
  await sessions.end(cookie);
  t.equal(sessions.find(cookie), 'none');
  t.match(errors, [/sign-out/]);
  t.same(await ended.since(0), []);
});
