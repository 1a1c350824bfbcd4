/**
 * What whoever comes from the tutorial knows: its texts, ids, addresses and JSON keys. They never change, in no language.
 * It is machinelearningmastery.com's "Web frameworks for your Python projects": Flask, Dash and Keras.
 */
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { readMnist } from '../src/datasets/mnist.ts';
import { DEFAULT_SETTINGS, parseSettings } from '../src/training/settings.ts';
import { matrix } from '../src/web/format.ts';
import { testApp } from './help/helper.ts';
import { storeRun } from './help/stored-run.ts';

const page = async (app: FastifyInstance, url = '/') =>
  (await app.inject({ url, headers: { accept: 'text/html' } })).body;

/** The element with this id, from its tag to the end of what it holds. */
function element(html: string, id: string): string {
  const [, tag] = new RegExp(`<(\\w+)[^>]*\\bid="${id}"`).exec(html) ?? [];
  return new RegExp(`<${tag}[^>]*\\bid="${id}"[^>]*>(?:(?!</${tag}>)[\\s\\S])*`).exec(html)?.[0] ?? '';
}

const optionsOf = (html: string, id: string) =>
  [...element(html, id).matchAll(/<option value="(\w+)"[^>]*>([^<]+)</g)].map(([, value, label]) => [
    value,
    label,
  ]);

const attribute = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];

t.test('the form: two lists, two sliders, a button', async (t) => {
  const html = await page(await testApp(t));
  for (const [id, text] of [
    ['activationdisplay', 'Activation: relu'],
    ['optimizerdisplay', 'Optimizer: adam'],
    ['epochdisplay', 'Epochs: 100'],
    ['batchdisplay', 'Batch size: 32'],
    ['train', 'Train'],
  ]) {
    t.match(element(html, id), new RegExp(`>${text}$`), id);
  }
  t.same(optionsOf(html, 'activation'), [
    ['relu', 'Rectified linear unit'],
    ['tanh', 'Hyperbolic tangent'],
    ['sigmoid', 'Sigmoidal'],
  ]);
  t.same(optionsOf(html, 'optimizer'), [
    ['adam', 'Adam'],
    ['adagrad', 'Adagrad'],
    ['nadam', 'Nadam'],
    ['adadelta', 'Adadelta'],
    ['adamax', 'Adamax'],
    ['rmsprop', 'RMSprop'],
    ['sgd', 'SGD'],
    ['ftrl', 'FTRL'],
  ]);
  const slider = (id: string) => {
    const [tag] = new RegExp(`<input id="${id}"[^>]*>`).exec(html)!;
    const marks = /<span class="marks"[^>]*>(.*?)<\/span><\/span>/s.exec(html.slice(html.indexOf(tag)))![1];
    return [
      ...['name', 'type', 'min', 'max', 'value'].map((name) => attribute(tag, name)),
      marks
        .replace(/<[^>]+>/g, ' ')
        .trim()
        .split(/\s+/)
        .join(' '),
    ];
  };
  t.same(slider('epochs'), ['epochs', 'range', '1', '200', '100', '1 100 200']);
  t.same(slider('batchsize'), ['batchsize', 'range', '1', '128', '32', '1 128']);
});

t.test('the pad, the answer, the progress and the plot have their ids', async (t) => {
  const app = await testApp(t);
  const empty = await page(app);
  for (const id of ['writing', 'predictresult', 'lastinput', 'progressdisplay', 'historyplot']) {
    t.match(empty, new RegExp(`\\bid="${id}"`), id);
  }
  await storeRun(app);
  t.match(element(await page(app), 'historyplot'), 'Model training metrics');
});

t.test('what nobody chose is as there', async (t) => {
  t.same(parseSettings({}), { settings: DEFAULT_SETTINGS });
  t.match(DEFAULT_SETTINGS, {
    activation: 'relu',
    optimizer: 'adam',
    epochs: 100,
    batchsize: 32,
    patience: 3,
  });
  t.match(
    parseSettings({ validation: 'test' }).settings,
    { validation: 'test' },
    'and its validation can be had',
  );
});

t.test('a form field "matrix" is answered with a text, however unsure it is', async (t) => {
  const app = await testApp(t);
  const read = (matrix: string) =>
    app.inject({
      method: 'POST',
      url: '/recognize',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' },
      payload: `matrix=${encodeURIComponent(matrix)}`,
    });
  const image = Array.from(readMnist('test').images.subarray(0, 784));
  const answer = await read(matrix(image));
  t.equal(answer.statusCode, 200);
  t.match(answer.headers['content-type'], /^text\/plain/);
  t.equal(answer.body, 'Digit 7');
  t.match((await read(JSON.stringify(image.map(() => 255)))).body, /^Digit \d$/);
});

t.test('an image is printed a row a line', async (t) => {
  const image = Array.from({ length: 784 }, (_, i) => i % 256);
  const text = matrix(image);
  t.match(text, /^\[\[0,1,2,/);
  t.equal(text.split('\n').length, 28);
  t.same(JSON.parse(text).flat(), image);
});

t.test('the status that is polled has its keys, epochs counted from 0', async (t) => {
  const app = await testApp(t);
  const status = async (id: number) =>
    (await app.inject({ url: `/runs/${id}/progress`, headers: { accept: 'application/json' } })).json();
  const id = await storeRun(app, { epochs: 3 });
  const ended = await status(id);
  t.match(ended, { running: false, epoch: 2, batch: 0, 'batch metric': null });
  t.same(Object.keys(ended['last epoch']), ['loss', 'accuracy', 'val_loss', 'val_accuracy']);
  t.match(await status(await storeRun(app, { state: 'queued' })), {
    running: false,
    epoch: 0,
    'last epoch': null,
  });
});

t.test('the time, here and elsewhere', async (t) => {
  const app = await testApp(t);
  const text = async (t: Test, url: string, status: number) => {
    const answer = await app.inject(url);
    t.equal(answer.statusCode, status);
    t.match(answer.headers['content-type'], /^text\/plain/);
    return answer.body;
  };
  t.match(await text(t, '/now', 200), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);
  t.match(await text(t, '/now/Asia/Tokyo', 200), /^[\d-]+ [\d:]+ \+0900 JST$/);
  t.equal(await text(t, '/now/Asia/Tok', 404), 'Unknown timezone: Asia/Tok');
});
