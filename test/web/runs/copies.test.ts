import { execFileSync } from 'node:child_process';
import t from 'tap';
import { browserOf } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';
import { end } from '../../help/train.ts';

const field = (body: string, id: string) =>
  new RegExp(`id="${id}"[^>]*?(?:value="([^"]*)"|>([^<]*)<)`)
    .exec(body)
    ?.slice(1)
    .find(Boolean)
    ?.replaceAll('&amp;', '&')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"');

/** As a shell does: the command with each of its words in a line. */
const words = (command: string) =>
  execFileSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }; ${command}`], { encoding: 'utf8' }).split('\n');

t.test('the command asks for the same run again', async (t) => {
  const app = await testApp(t);
  await app.workbench.training.close();
  const id = await storeRun(app, {
    settings: { optimizer: 'sgd', learningrate: 0.05, data: 'mnist+pen', timebudget: 60 },
  });
  const browser = browserOf(app);
  const page = async (id: number) => (await browser.inject({ url: `/runs/${id}` })).body;
  const send = async (command: string) => {
    const [, , , payload, url] = words(command);
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await app.inject({ method: 'POST', url, headers, payload });
    t.equal(answer.statusCode, 201);
    return answer.json();
  };
  const body = await page(id);
  t.equal(field(body, 'copylink'), `http://localhost:80/runs/${id}`);
  t.match(field(body, 'copysettings'), /^http:\/\/localhost:80\/\?.*data=mnist%2Bpen/);
  const again = await send(field(body, 'copycurl')!);
  t.same(again.settings, (await app.workbench.store.get(id))!.settings);

  const keeps = { slots: true, random: true };
  const fork = await storeRun(app, { start: { fork: { runId: id, epoch: 2, keeps } }, state: 'queued' });
  await end(app.workbench.store, fork, { state: 'stopped', reason: null });
  const forkAgain = await send(field(await page(fork), 'copycurl')!);
  t.match(forkAgain, {
    parent: { runId: id, epoch: 2 },
    settings: (await app.workbench.store.get(fork))!.settings,
  });

  const fineTune = await storeRun(app, { settings: { data: 'corrections' } });
  const about = await page(fineTune);
  t.notMatch(about, /copycurl|copysettings/, 'is asked for at the corrections');
  t.match(field(about, 'copylink'), `/runs/${fineTune}`);
});

t.test('where a token is needed the command has its place', async (t) => {
  const app = await testApp(t, { token: 'chalk-and-slate' });
  const id = await storeRun(app);
  const { body } = await app.inject({ url: `/runs/${id}`, headers: { accept: 'text/html' } });
  t.match(field(body, 'copycurl'), '-H "authorization: Bearer $TOKEN"');
  t.notMatch(body, 'chalk-and-slate');
});
