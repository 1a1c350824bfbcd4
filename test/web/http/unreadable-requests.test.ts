import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { testApp } from '../../help/helper.ts';

t.test('what is no request is told so, as problem details', async (t) => {
  const app = await testApp(t);
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  for (const [sent, status, detail] of [
    ['GET / HTTP/9\r\n\r\n', 400, /^This is not a valid HTTP request/],
    ['FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, /^This is not a valid HTTP request/],
    ['GET /runs/a b HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, /^This is not a valid HTTP request/],
    [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431, /16 kB at most/],
    [
      'POST /runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
      400,
      /not a valid HTTP/,
    ],
  ] as const) {
    const socket = connect(Number(url.port), '127.0.0.1');
    let answer = '';
    socket.on('data', (piece) => {
      answer += piece;
    });
    socket.write(sent);
    await once(socket, 'close');
    const [head, body] = answer.split('\r\n\r\n');
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), sent.slice(0, 30));
    t.match(head, /application\/problem\+json/);
    t.match(JSON.parse(body), { status, detail, code: 'UNREADABLE', title: String });
  }
  t.equal((await fetch(new URL('/livez', url))).status, 200, 'and the server goes on');
});
