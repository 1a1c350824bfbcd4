import type { Random } from '../../src/network/random.ts';
import type { Sent } from './sent.ts';

/** What JSON, forms and pictures are made of. */
const PIECES = [
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '0',
  '1e308',
  '-',
  '\\u0000',
  '\n',
  '&',
  '=',
  '%',
  '+',
  'null',
  '[[0,0],[9,9]],',
];
/** Of all that is sent at once. */
const MOST_BYTES = 8 * 2 ** 20;

const CHANGES: readonly ((body: Buffer, random: Random) => Buffer)[] = [
  // A part of it again and again.
  (body, random) => {
    const from = random.below(body.length);
    const part = body.subarray(from, from + 1 + random.below(2000));
    const times = 1 + random.below(Math.max(1, Math.floor((MOST_BYTES - body.length) / part.length)));
    return splice(body, from, 0, Buffer.concat(Array<Buffer>(Math.min(times, 10_000)).fill(part)));
  },
  // Cut short, or without a part.
  (body, random) => body.subarray(0, random.below(body.length)),
  (body, random) => splice(body, random.below(body.length), 1 + random.below(1000)),
  // Other signs here and there.
  (body, random) => {
    let changed = body;
    for (let i = random.below(20); i >= 0; i--) {
      const piece = Buffer.from(PIECES[random.below(PIECES.length)]);
      changed = splice(changed, random.below(changed.length), random.below(3), piece);
    }
    return changed;
  },
  // Other digits everywhere.
  (body, random) => {
    const changed = Buffer.from(body);
    const [from, to] = [0x30 + random.below(10), 0x30 + random.below(10)];
    for (let i = 0; i < changed.length; i++) if (changed[i] === from) changed[i] = to;
    return changed;
  },
];

/** Node.js takes 16 kB of address and headers. */
const MOST_QUERY_LETTERS = 14_000;

/** The same request with a body changed at random, or without one with more of a query. */
export function mutant(sent: Sent, random: Random, atOnce = 1): Sent {
  const body = Buffer.from(sent.body ?? '');
  if (body.length === 0) return { ...sent, path: longer(sent.path, random) };
  const changed = CHANGES[random.below(CHANGES.length)](body, random);
  return { ...sent, body: changed.subarray(0, Math.floor(MOST_BYTES / atOnce)) };
}

function longer(path: string, random: Random): string {
  const field = encodeURI(`${PIECES[random.below(PIECES.length)]}=${PIECES[random.below(PIECES.length)]}&`);
  const most = Math.max(0, Math.floor((MOST_QUERY_LETTERS - path.length) / field.length));
  return `${path}${path.includes('?') ? '&' : '?'}${field.repeat(random.below(most + 1))}`;
}

function splice(bytes: Buffer, at: number, removed: number, added = Buffer.alloc(0)): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
}
