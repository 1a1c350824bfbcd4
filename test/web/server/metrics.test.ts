import { once } from 'node:events';
import t from 'tap';
import { testApp } from '../../help/helper.ts';

/** A one. */
const ONE = Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 112 && i < 672 ? 255 : 0));

/** Name with its labels → value. */
async function scrape(app: Awaited<ReturnType<typeof testApp>>): Promise<Map<string, number>> {
  const { body } = await app.inject('/metrics');
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

t.test('recognitions by how they were sent and what came of it', async (t) => {
  const app = await testApp(t);
  const post = (payload: object | string, headers = {}, url = '/recognize') =>
    app.inject({ method: 'POST', url, payload, headers });
  await post({ matrix: ONE });
  await post({ matrix: ONE });
  await post({ matrix: 7 });
  await post({
    strokes: [
      [
        [1, 1],
        [1, 9],
      ],
    ],
    matrix: ONE,
  });
  await post({ inputs: [{ matrix: ONE }] });
  await post(`${JSON.stringify({ matrix: ONE })}\n`, { 'content-type': 'application/x-ndjson' });
  await post({}, {});
  const tensor = { name: 'images', shape: [1, 784], datatype: 'UINT8', data: ONE };
  await post({ inputs: [tensor] }, {}, '/v2/models/lenet5/infer');
  await post({ inputs: [] }, {}, '/v2/models/lenet5/infer');
  const metrics = await scrape(app);
  const count = (source: string, outcome: string) =>
    metrics.get(`lenet5_recognitions_total{source="${source}",outcome="${outcome}"}`);
  t.equal(count('matrix', 'read'), 2);
  t.equal(count('matrix', 'refused'), 1);
  t.equal(count('drawing', 'read'), 1);
  t.equal(count('batch', 'read'), 1);
  t.equal(count('lines', 'read'), 1);
  t.equal(count('nothing', 'refused'), 1);
  t.equal(count('tensor', 'read'), 1);
  t.equal(count('tensor', 'refused'), 1);
  t.equal(metrics.get('lenet5_recognition_seconds_count{source="matrix"}'), 3);
  t.ok(metrics.get('lenet5_recognition_seconds_sum{source="matrix"}')! > 0);
  t.equal(
    metrics.get('lenet5_recognition_seconds_count{source="lines"}'),
    undefined,
    'a stream is as long as its client wants',
  );
  app.workbench.recognition.recognise = () => {
    throw new Error('broken');
  };
  await post({ matrix: ONE });
  t.equal((await scrape(app)).get('lenet5_recognitions_total{source="matrix",outcome="failed"}'), 1);
});

t.test('runs, their epochs, and the process', async (t) => {
  const app = await testApp(t);
  const before = await scrape(app);
  t.equal(before.get('lenet5_queue_length'), 0);
  t.equal(before.get('lenet5_runs{state="finished"}'), 0);
  t.equal(before.get('lenet5_images_per_second'), undefined, 'nothing trains');
  t.equal(before.get('lenet5_checkpoint_age_seconds'), undefined);
  for (const name of ['process_resident_memory_bytes', 'nodejs_heap_used_bytes', 'lenet5_database_bytes']) {
    t.ok(before.get(name)! > 10_000, name);
  }
  t.ok(before.has('nodejs_eventloop_delay_seconds'));
  t.match([...before.keys()].join('\n'), /lenet5_build_info\{version="\d+\.\d+\.\d+",node="\d+/);

  const epoch = once(app.workbench.training, 'epoch');
  const first = await app.inject({ method: 'POST', url: '/runs', payload: { epochs: 3 } });
  await app.inject({ method: 'POST', url: '/runs', payload: { epochs: 1 } });
  const { id } = first.json();
  await epoch;
  const during = await scrape(app);
  t.equal(during.get('lenet5_runs{state="running"}'), 1);
  t.equal(during.get('lenet5_queue_length'), 1);
  t.equal(during.get('lenet5_epoch_seconds_count'), 1);
  const { seconds } = (await app.workbench.store.get(id))!.epochs[0];
  t.ok(Math.abs(during.get('lenet5_epoch_seconds_sum')! - seconds) < 1e-9);
  t.ok(during.get('lenet5_images_per_second')! > 0);
  t.ok(during.get('lenet5_checkpoint_age_seconds')! >= 0);
  const page = await app.inject({ url: '/status', headers: { accept: 'text/html' } });
  t.match(page.body, /Runs running<\/th><td>1</);
  t.match(page.body, /Images a second/);
});

t.test(
  'what is counted says nothing of what was drawn or who drew it, and is not for other sites',
  async (t) => {
    const app = await testApp(t);
    const { headers, body } = await app.inject('/metrics');
    t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
    t.notMatch(body, /127\.0\.0\.1|matrix=/);
    const other = await app.inject({ url: '/metrics', headers: { 'sec-fetch-site': 'cross-site' } });
    t.equal(other.statusCode, 403);
    t.equal((await app.inject({ url: '/metrics', headers: { host: 'rebound.example' } })).statusCode, 421);
  },
);

t.test('the page for people', async (t) => {
  const app = await testApp(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  await app.inject({ method: 'POST', url: '/recognize', payload: { matrix: ONE } });
  const { body } = await app.inject({ url: '/status', headers: { accept: 'text/html' } });
  t.match(body, /Ready, up for/);
  t.match(body, /<th scope="row">matrix<\/th><td>1<\/td><td>0<\/td><td>0<\/td>/);
  t.notMatch(body, /undefined|NaN/);
});
