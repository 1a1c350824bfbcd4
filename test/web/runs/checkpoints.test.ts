import t from 'tap';
import { readSafetensors } from '../../../src/formats/safetensors.ts';
import { DIGITS } from '../../../src/network/lenet5.ts';
import { DEFAULT_BUDGET } from '../../../src/rooms/room.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';

const JSON_ONLY = { accept: 'application/json' };

t.test('what is kept of a run, and what it takes', async (t) => {
  const app = await testApp(t);
  const id = await storeRun(app, { epochs: 2 });
  const { checkpoints, bytes, databaseBytes } = (await app.inject(`/runs/${id}/checkpoints`)).json();
  t.same(checkpoints, [
    {
      epoch: 1,
      val_accuracy: 0.92,
      isBest: false,
      bytes: DIGITS.parameterCount * 4,
      url: `/runs/${id}/checkpoints/1.safetensors`,
    },
    {
      epoch: 2,
      val_accuracy: 0.96,
      isBest: true,
      bytes: DIGITS.parameterCount * 4,
      url: `/runs/${id}/checkpoints/2.safetensors`,
    },
  ]);
  t.equal(bytes, 2 * DIGITS.parameterCount * 4);
  t.ok(databaseBytes > bytes);
  const page = (await app.inject({ url: `/runs/${id}`, headers: { accept: 'text/html' } })).body;
  t.match(page.replaceAll('\u00a0', ' '), /Checkpoints: 2 epochs, 0\.5 MB/);
  t.match(page, new RegExp(`pinned or among the newest ${DEFAULT_BUDGET.runs}`));
  t.match(page, `href="/runs/${id}/checkpoints/1.safetensors"`);
  t.match(page, `href="/runs/${id}?fork=1#fork"`);
  const none = await storeRun(app, { state: 'queued' });
  t.same((await app.inject(`/runs/${none}/checkpoints`)).json().checkpoints, []);
});

t.test('the weights after an epoch, as a file', async (t) => {
  const app = await testApp(t);
  const id = await storeRun(app, { epochs: 3, settings: { activation: 'tanh' } });
  const answer = await app.inject(`/runs/${id}/checkpoints/2.safetensors`);
  t.equal(answer.statusCode, 200);
  t.equal(
    answer.headers['content-disposition'],
    `attachment; filename="lenet5-run-${id}-epoch-2.safetensors"`,
  );
  const { weights, activation, inputScale, made } = readSafetensors(answer.rawPayload);
  t.same(weights, new Float32Array(DIGITS.parameterCount).fill(2));
  t.match(
    { activation, inputScale, made },
    { activation: 'tanh', inputScale: 1 / 255, made: /run 1, epoch 2/ },
  );
  const absent = await app.inject({ url: `/runs/${id}/checkpoints/4.safetensors`, headers: JSON_ONLY });
  t.equal(absent.statusCode, 404);
  t.match(absent.json().detail, /not kept: those after epochs 1, 2 and 3 are/);
  for (const url of [
    `/runs/${id}/checkpoints/x.safetensors`,
    `/runs/${id}/checkpoints/2.onnx`,
    '/runs/9/checkpoints',
  ]) {
    t.equal((await app.inject({ url, headers: JSON_ONLY })).statusCode, 404, url);
  }
});
