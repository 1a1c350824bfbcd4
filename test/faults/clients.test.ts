/** Clients that hang up. */
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { testApp, until } from '../help/helper.ts';

const BODIES = {
  form: ['application/x-www-form-urlencoded', 'matrix=[0,0,0'],
  JSON: ['application/json', '{"matrix":[0,0'],
  picture: [
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nabc',
  ],
  'JSON lines': ['application/x-ndjson', '{"matrix":[0'],
} as const;

t.test('uploads that are broken off leave nothing behind', async (t) => {
  const app = await testApp(t);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const connections = () =>
    new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
  for (const [name, [type, begin]] of Object.entries(BODIES)) {
    // More than may be read at once: what hangs up gives its room back.
    for (let i = 0; i < 5; i++) {
      const uploads = Array.from({ length: 16 }, () => {
        const upload = request(`${url}/recognize`, {
          method: 'POST',
          headers: { 'content-type': type, 'transfer-encoding': 'chunked' },
          agent: false,
        });
        upload.on('error', () => {});
        upload.write(begin);
        return upload;
      });
      await Promise.all(uploads.map((upload) => once(upload, 'socket')));
      await sleep(50);
      for (const upload of uploads) upload.destroy();
    }
    await until(async () => (await connections()) === 0);
    const payload = {
      strokes: [
        [
          [10, 10],
          [10, 200],
        ],
      ],
    };
    t.equal((await app.inject({ method: 'POST', url: '/recognize', payload })).statusCode, 200, name);
  }
  const metrics = (await app.inject('/metrics')).body;
  t.notMatch(metrics, /outcome="failed"\} [1-9]/, 'none of it is a fault of ours');
});
