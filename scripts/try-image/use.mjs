/**
 * use.mjs <address> <target> <token>: asks a server that has just been started for what people do with it. It is left
 * amid the training of a second run. Ends with 1 and a sentence when something is not as it should be.
 */
const [address, target, token] = process.argv.slice(2);
const engine = target === 'tensorflow' ? 'tensorflow' : 'simd';

/** A seven and a one. */
const DIGITS = [
  [
    7,
    [
      [
        [60, 60],
        [200, 60],
        [120, 240],
      ],
    ],
  ],
  [
    1,
    [
      [
        [150, 40],
        [150, 240],
      ],
    ],
  ],
];

class Unexpected extends Error {}

try {
  await until('ready', 60, async () => (await fetch(`${address}/readyz`).catch(() => null))?.ok);
  for (const [digit, strokes] of DIGITS) {
    const answer = await ask('POST', '/recognize', { strokes });
    if (answer.digit !== digit)
      throw new Unexpected(`It reads a ${digit} as ${answer.digit}: ${answer.text}`);
    console.log(`  reads a ${digit}: ${answer.text}`);
  }
  const { id } = await ask('POST', '/runs', { engine, epochs: 1 });
  const run = await until('trained', 300, async () => {
    const now = await ask('GET', `/runs/${id}`);
    if (now.state === 'finished') return now;
    if (now.state !== 'queued' && now.state !== 'running')
      throw new Unexpected(`The run is ${now.state}: ${JSON.stringify(now)}`);
  });
  const [epoch] = run.epochs;
  console.log(`  an epoch on ${engine}: val_accuracy ${epoch.val_accuracy}, ${epoch.seconds.toFixed(1)} s`);
  if (run.settings.engine !== engine || run.epochs.length !== 1 || !(epoch.val_accuracy > 0.9))
    throw new Unexpected(`It does not learn: ${JSON.stringify(run)}`);
  const second = await ask('POST', '/runs', { engine, epochs: 5 });
  await until('amid an epoch', 60, async () => (await ask('GET', `/runs/${second.id}/progress`)).batch > 0);
} catch (error) {
  console.error(error instanceof Unexpected ? `  ${error.message}` : error);
  process.exitCode = 1;
}

async function ask(method, path, body) {
  const answer = await fetch(address + path, {
    method,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Unexpected(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** What `look` gives once it is something. @throws Unexpected after `seconds` */
async function until(what, seconds, look) {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Unexpected(`It was not ${what} within ${seconds} s.`);
}
