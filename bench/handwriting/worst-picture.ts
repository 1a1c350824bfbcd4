import sharp from 'sharp';
import { IMAGE_SIDE } from '../../src/network/lenet5.ts';

/** An image, what it is, what it was read as, and how probable what it is was held to be. */
export interface Answer {
  readonly image: Uint8Array;
  readonly label: number;
  readonly digit: number;
  readonly probability: number;
}

const COLUMNS = 10;
const TILE = 84;
const CAPTION = 20;
const COUNT = 50;

/** Draws the fifty whose label was held least probable, the worst first, captioned "label → read as". */
export async function drawWorst(answers: readonly Answer[], file: string): Promise<void> {
  const worst = [...answers].sort((a, b) => a.probability - b.probability).slice(0, COUNT);
  const tiles = await Promise.all(worst.map(toTile));
  const height = Math.ceil(worst.length / COLUMNS) * (TILE + CAPTION);
  await sharp({ create: { width: COLUMNS * TILE, height, channels: 3, background: '#fff' } })
    .composite(tiles.flat())
    .png()
    .toFile(file);
}

async function toTile({ image, label, digit, probability }: Answer, i: number) {
  const left = (i % COLUMNS) * TILE;
  const top = Math.floor(i / COLUMNS) * (TILE + CAPTION);
  const raw = { width: IMAGE_SIDE, height: IMAGE_SIDE, channels: 1 } as const;
  const picture = await sharp(Buffer.from(image), { raw })
    .resize(TILE - 2)
    .negate()
    .png()
    .toBuffer();
  const text = `${label} → ${digit}  ${(100 * probability).toFixed(0)} %`;
  const caption = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${TILE}" height="${CAPTION}"><text x="2" y="14" ` +
      `font-family="sans-serif" font-size="12" fill="${label === digit ? '#555' : '#c00'}">${text}</text></svg>`,
  );
  return [
    { input: picture, left, top },
    { input: caption, left, top: top + TILE },
  ];
}
