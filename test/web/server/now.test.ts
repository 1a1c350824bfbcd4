import t from 'tap';
import { testApp } from '../../help/helper.ts';

t.test('the time here and there, as strftime writes it', async (t) => {
  const app = await testApp(t);
  const utc = await app.inject('/now');
  t.equal(utc.statusCode, 200);
  t.match(utc.headers['content-type'], /^text\/plain/);
  t.match(utc.body, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);
  const off = Math.abs(Date.parse(`${utc.body.slice(0, 19).replace(' ', 'T')}Z`) - Date.now());
  t.ok(off < 5000, 'it is now');

  t.match((await app.inject('/now/Asia/Tokyo')).body, /^[\d-]+ [\d:]+ \+0900 JST$/);
  t.match((await app.inject('/now/Europe/Berlin')).body, /\+0[12]00 (CET|CEST)$/);
  t.match((await app.inject('/now/America/New_York')).body, /-0[45]00 (EST|EDT)$/);
  t.match((await app.inject('/now/')).body, /UTC$/);
});

t.test('an unknown zone is named', async (t) => {
  const app = await testApp(t);
  const answer = await app.inject('/now/Asia/Tok');
  t.equal(answer.statusCode, 404);
  t.equal(answer.body, 'Unknown timezone: Asia/Tok');
});
