/** Photographs, as phones take them, on their way from the page to the server. */
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import { testApp } from '../help/helper.ts';
import { launch, listen, type OpenOptions, open } from './browser.ts';

const app = await testApp(t);
const url = await listen(app);

const [WIDTH, HEIGHT] = [3000, 4000];
/** Dark ink on bright paper, in the middle of which is a seven; grain makes a large file of it. */
const seven = Buffer.from(
  `<svg width="${WIDTH}" height="${HEIGHT}" xmlns="http://www.w3.org/2000/svg"><rect width="100%" height="100%" fill="#ddd"/>
   <path d="M1100 1300H1900L1350 2700" fill="none" stroke="#222" stroke-width="140" stroke-linecap="round"/></svg>`,
);
const upright = await sharp(seven).removeAlpha().toColourspace('b-w').raw().toBuffer();
let random = 1;
for (let pixel = 0; pixel < upright.length; pixel++) {
  random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
  upright[pixel] = Math.max(0, Math.min(255, upright[pixel] + (random >>> 27) - 16));
}
const photo = sharp(upright, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } });
/** Held upright, stored lying on its side, as cameras do. */
const jpeg = await photo
  .clone()
  .rotate(270)
  .withMetadata({ orientation: 6 })
  .jpeg({ quality: 96 })
  .toBuffer();
const ink = await sharp(
  Buffer.from(
    seven
      .toString()
      .replace(/<rect[^>]*>/, '')
      .replace('#222', '#fff'),
  ),
)
  .resize(1800)
  .png({ compressionLevel: 0 })
  .toBuffer();
const browser = await launch(t);

t.comment(`${(jpeg.length / 2 ** 20).toFixed(1)} MB as JPEG, ${(ink.length / 2 ** 20).toFixed(1)} as PNG`);

/** As `open`, and keeps what the page sends: Chromium tells of no file in a form. */
async function openPage(options: OpenOptions = {}) {
  const opened = await open(browser, url, options);
  await opened.page.evaluate(() => {
    const { fetch } = window;
    window.fetch = (input, init) => {
      if (init?.body instanceof FormData) sentFiles.push(init.body.get('image') as File);
      return fetch(input, init);
    };
    const sentFiles: File[] = [];
    Object.assign(window, { sentFiles });
  });
  return opened;
}

/** The pictures' files that were sent, in order. */
async function sentFiles(page: Page): Promise<Buffer[]> {
  const texts = await page.evaluate(async () => {
    const { sentFiles } = window as unknown as { sentFiles: File[] };
    return Promise.all(
      sentFiles.map(async (file) => {
        const bytes = new Uint8Array(await file.arrayBuffer());
        return Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) =>
          String.fromCharCode(...bytes.subarray(i * 1000, (i + 1) * 1000)),
        ).join('');
      }),
    );
  });
  return texts.map((text) => Buffer.from(text, 'latin1'));
}

async function hasAnswer(t: Test, page: Page, text: string) {
  await page.locator('#predictresult', { hasText: text }).waitFor({ timeout: 20_000 });
  t.equal(await page.locator('#predictresult').textContent(), text);
}

/** By the page's own events; the bytes cross as base64. */
function giveFile(page: Page, how: 'drop' | 'paste', file: Buffer, type: string): Promise<void> {
  return page.evaluate(
    async ({ how, base64, type }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], 'IMG_0001.jpg', { type }));
      const event =
        how === 'drop'
          ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      const target = document.querySelector('main') as Element;
      target.dispatchEvent(event);
      if (!event.defaultPrevented) throw new Error('the browser would have opened it');
    },
    { how, base64: file.toString('base64'), type },
  );
}

for (const how of ['chosen', 'drop', 'paste'] as const) {
  t.test(`a photograph of a phone is shrunk before it is sent: ${how}`, async (t) => {
    t.ok(jpeg.length > 4 * 2 ** 20, 'more than a class should wait for');
    const { page, problems } = await openPage();
    if (how === 'chosen') {
      await page.setInputFiles('#image', { name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer: jpeg });
    } else await giveFile(page, how, jpeg, 'image/jpeg');
    await hasAnswer(t, page, 'Digit 7');
    const [sent] = await sentFiles(page);
    const { width, height, format, orientation = 1 } = await sharp(sent).metadata();
    t.same(
      { width, height, format, orientation },
      { width: 1500, height: 2000, format: 'jpeg', orientation: 1 },
    );
    t.ok(sent.length < 2 ** 20, `${sent.length} bytes`);
    t.equal(await page.locator('#image').inputValue(), '', 'ready for the same file');
    t.same(problems, []);
  });
}

t.test('what is transparent stays so: white ink on nothing', async (t) => {
  const { page, problems } = await openPage();
  await page.setInputFiles('#image', { name: 'ink.png', mimeType: 'image/png', buffer: ink });
  await hasAnswer(t, page, 'Digit 7');
  const [sent] = await sentFiles(page);
  const { height, hasAlpha } = await sharp(sent).metadata();
  t.same({ height, hasAlpha }, { height: 2000, hasAlpha: true });
  t.same(problems, []);
});

t.test('a photograph as PNG is sent as JPEG', async (t) => {
  const png = await photo.clone().resize(1800).png().toBuffer();
  t.ok(png.length > 2 * 2 ** 20);
  const { page, problems } = await openPage();
  await page.setInputFiles('#image', { name: 'photo.png', mimeType: 'image/png', buffer: png });
  await hasAnswer(t, page, 'Digit 7');
  const [sent] = await sentFiles(page);
  t.equal((await sharp(sent).metadata()).format, 'jpeg');
  t.ok(sent.length < png.length / 2, `${sent.length} bytes of ${png.length}`);
  t.same(problems, []);
});

t.test('a small picture, and one that the browser cannot decode, are sent as they are', async (t) => {
  const small = await photo.clone().resize(400).jpeg().toBuffer();
  const broken = Buffer.concat([jpeg.subarray(0, 20), Buffer.alloc(2 ** 19, 7)]);
  const { page, problems } = await openPage({ expected: /status of 4/ });
  for (const [buffer, answer] of [
    [small, /^Digit 7$/],
    [broken, /damaged/],
  ] as const) {
    await page.setInputFiles('#image', { name: 'x.jpg', mimeType: 'image/jpeg', buffer });
    await page.locator('#predictresult, #pictureproblem', { hasText: answer }).waitFor();
    t.ok((await sentFiles(page)).pop()?.equals(buffer));
  }
  t.same(problems, []);
});

t.test('a picture that is refused leaves the answer and the drawing as they were', async (t) => {
  const { page, problems } = await openPage({ expected: /status of (4|503)|ERR_/ });
  const box = (await page.locator('#writing').boundingBox())!;
  await page.mouse.move(box.x + 150, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 150, box.y + 240, { steps: 5 });
  await page.mouse.up();
  await hasAnswer(t, page, 'Digit 1');
  const panel = await page.locator('#prediction').innerHTML();
  const drawn = await page.locator('#drawn').inputValue();
  const give = async (buffer: Buffer, sentence: RegExp) => {
    await page.setInputFiles('#image', { name: 'x.jpg', mimeType: 'image/jpeg', buffer });
    await page.locator('#pictureproblem', { hasText: sentence }).waitFor();
    t.equal(await page.locator('#prediction').innerHTML(), panel, String(sentence));
    t.equal(await page.locator('#drawn').inputValue(), drawn, 'what a correction would keep');
    t.equal(await page.locator('#image').inputValue(), '', 'ready for the same file');
  };
  await give(Buffer.alloc(12 * 2 ** 20 + 1, 7), /more than 12 MB/);
  await give(Buffer.alloc(20 * 2 ** 20, 7), /12 MB at most/);
  await give(Buffer.from('GIF89a'), /PNG, JPEG or WebP/);
  await give(jpeg.subarray(0, 2 ** 17), /damaged or incomplete/);
  for (const [status, sentence] of [
    [429, 'Too many requests.'],
    [503, 'Too many drawings are being read at once.'],
  ] as const) {
    const body = `<p class="problem">${sentence}</p>`;
    await page.route('**/recognize*', (route) => route.fulfill({ status, contentType: 'text/html', body }));
    await give(jpeg.subarray(0, 100), new RegExp(sentence));
    await page.unroute('**/recognize*');
  }
  await page.route('**/*', (route) => route.abort());
  await give(jpeg.subarray(0, 100), /did not arrive/);
  await page.unroute('**/*');
  await page.locator('[data-connection]', { hasText: 'Trying again' }).waitFor({ state: 'hidden' });
  const small = await photo.clone().resize(400).jpeg().toBuffer();
  await page.setInputFiles('#image', { name: 'x.jpg', mimeType: 'image/jpeg', buffer: small });
  await hasAnswer(t, page, 'Digit 7');
  t.equal(await page.locator('#pictureproblem').textContent(), '');
  t.same(problems, []);
});

t.test('of two pictures given at once the last one is read', async (t) => {
  const small = await photo.clone().resize(400).jpeg().toBuffer();
  const { page, problems } = await openPage();
  await giveFile(page, 'drop', jpeg, 'image/jpeg');
  await giveFile(page, 'drop', small, 'image/jpeg');
  await hasAnswer(t, page, 'Digit 7');
  await page.waitForTimeout(1500);
  const sent = await sentFiles(page);
  t.equal(sent.length, 1);
  t.ok(sent[0].equals(small));
  t.same(problems, []);
});

t.test('a correction of a picture keeps the picture, not what was drawn before it', async (t) => {
  const { page, problems } = await openPage();
  const box = (await page.locator('#writing').boundingBox())!;
  await page.mouse.move(box.x + 150, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 150, box.y + 240, { steps: 5 });
  await page.mouse.up();
  await hasAnswer(t, page, 'Digit 1');
  const small = await photo.clone().resize(400).jpeg().toBuffer();
  await page.setInputFiles('#image', { name: 'x.jpg', mimeType: 'image/jpeg', buffer: small });
  await hasAnswer(t, page, 'Digit 7');
  const image = JSON.parse(await page.locator('.wrong [name=matrix]').inputValue());
  const kept = page.waitForResponse(/corrections/);
  await page.locator('[name=truth][value="7"]').click();
  t.equal((await kept).status(), 201);
  const [stored] = (await app.inject('/corrections.json')).json();
  t.same(stored.image, image.flat());
  t.same(problems, []);
});
