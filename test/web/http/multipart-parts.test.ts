import { Agent, request } from 'node:http';
import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { partsOf } from '../../../src/web/http/multipart-parts.ts';

const LIMITS = { files: 1, fields: 4, parts: 6, fileSize: 2 ** 20 };
const EMPTY = '--b\r\n\r\n\r\n';
const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (content: string) =>
  `--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n${content}\r\n`;

/** Posts through one connection, one after another; asks for something else last. */
async function post(t: Test, ...bodies: readonly string[]) {
  const app = Fastify();
  t.teardown(() => app.close());
  await app.register(multipart);
  const sockets = new Set<unknown>();
  app.server.on('connection', (socket) => sockets.add(socket));
  app.post('/', async (request) => {
    const found: [string, number][] = [];
    for await (const part of partsOf(request, { limits: LIMITS })) {
      const value = part.type === 'file' ? await part.toBuffer() : String(part.value);
      found.push([part.fieldname, value.length]);
    }
    return found;
  });
  app.get('/', async () => 'still there');
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const ask = (method: string, body = '') =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = { 'content-type': 'multipart/form-data; boundary=b' };
      const asking = request(url, { method, agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece) => {
          text += piece;
        });
        answer.on('end', () => resolve({ status: answer.statusCode!, text }));
      });
      asking.on('error', reject);
      asking.end(body);
    });
  const answers = [];
  for (const body of bodies) answers.push(await ask('POST', body));
  const last = await ask('GET');
  return { answers, last, connections: sockets.size };
}

t.test('parts come as they were sent, however long', async (t) => {
  const long = 'x'.repeat(300_000);
  const body = `${field('a', '1')}${file(long)}${field('b', long)}--b--\r\n`;
  const { answers, last, connections } = await post(t, body, body);
  for (const { status, text } of answers) {
    t.equal(status, 200);
    t.same(JSON.parse(text), [
      ['a', 1],
      ['image', 300_000],
      ['b', 300_000],
    ]);
  }
  t.equal(last.text, 'still there');
  t.equal(connections, 1);
});

t.test('with too many parts it is refused, and the connection can be used again', async (t) => {
  const { answers, last, connections } = await post(
    t,
    `${field('a', '1').repeat(50_000)}--b--\r\n`,
    `${EMPTY.repeat(300_000)}--b--\r\n`,
    `${file('x')}${EMPTY.repeat(300_000)}--b--\r\n`,
    `${file('x'.repeat(2 ** 21))}--b--\r\n`,
    `${field('a', '1')}--b--\r\n`,
  );
  t.same(
    answers.map(({ status }) => status),
    [413, 413, 413, 413, 200],
  );
  t.equal(last.text, 'still there');
  t.equal(connections, 1);
});

t.test('what is cut short is an error, not a form', async (t) => {
  const { answers, last } = await post(t, field('a', '1'));
  t.not(answers[0].status, 200);
  t.equal(last.text, 'still there');
});
