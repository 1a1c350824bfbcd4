import { hostname } from 'node:os';
import t from 'tap';
import { testApp } from '../../help/helper.ts';

t.test('names that are ours, and every IP address', async (t) => {
  const app = await testApp(t, { allowedHosts: ['lab.example', '.school.example'] });
  for (const host of [
    'localhost',
    'localhost:8000',
    'LOCALHOST.:8000',
    'a.localhost',
    '127.0.0.1:8000',
    '192.168.1.5',
    '[::1]:8000',
    '[2001:db8::5]',
    hostname(),
    `${hostname()}.local:8000`,
    'lab.example',
    'room-3.school.example:80',
  ]) {
    t.equal((await app.inject({ url: '/now', headers: { host } })).statusCode, 200, host);
  }
});

t.test('a name that somebody points here is refused, on every address (DNS rebinding)', async (t) => {
  const app = await testApp(t, { allowedHosts: ['lab.example', '.school.example'] });
  for (const host of [
    'rebound.example',
    'lab.example.rebound.example',
    'notlab.example',
    'school.example',
    'rebound.example:8000',
    'rebound@localhost.example',
    '127.0.0.1.rebound.example',
    'localhost.rebound.example',
    ':8000',
  ]) {
    for (const url of ['/now', '/', '/static/css/workbench.css', '/nowhere']) {
      const answer = await app.inject({ url, headers: { host } });
      t.equal(answer.statusCode, 421, `${host} ${url}`);
      t.match(answer.json(), { code: 'UNKNOWN_HOST', detail: /ALLOWED_HOSTS/ });
    }
  }
});
