import t from 'tap';
import type { InkPicture } from '../../src/images/ink-picture.ts';
import { clearRules } from '../../src/images/ruled-lines.ts';

const [WIDTH, HEIGHT] = [300, 200];

type Shape = (x: number, y: number) => boolean;

function picture(...shapes: Shape[]): InkPicture {
  const ink = new Uint8Array(WIDTH * HEIGHT);
  for (let pixel = 0; pixel < ink.length; pixel++) {
    const [x, y] = [pixel % WIDTH, Math.floor(pixel / WIDTH)];
    if (shapes.some((shape) => shape(x, y))) ink[pixel] = 255;
  }
  return { width: WIDTH, height: HEIGHT, ink };
}

/** A stroke as thick as a pen's, over several rules. */
const stroke: Shape = (x, y) => Math.abs(x - 150 + (y - 100) / 2) < 6 && y > 40 && y < 160;
const rule =
  (at: number, tilt = 0): Shape =>
  (x, y) =>
    Math.abs(y - at - tilt * (x - WIDTH / 2)) < 1.5;
const upright =
  (at: number): Shape =>
  (x) =>
    Math.abs(x - at) < 1.5;

const count = (ink: Uint8Array) => ink.filter((value) => value > 0).length;
const clear = (drawn: InkPicture, least = 1) => clearRules(drawn, { least });

t.test('rules go, the stroke across them stays', async (t) => {
  const alone = picture(stroke);
  for (const [name, rules] of Object.entries({
    level: [rule(60), rule(100), rule(140)],
    tilted: [rule(60, 0.05), rule(100, 0.05), rule(140, 0.05)],
    'converging, as in perspective': [rule(60, 0.03), rule(100, 0.01), rule(140, -0.01)],
    squared: [rule(60), rule(100), rule(140), upright(40), upright(100), upright(160), upright(220)],
  })) {
    const cleared = clear(picture(stroke, ...rules));
    let differs = 0;
    alone.ink.forEach((value, pixel) => {
      if (value !== cleared[pixel]) differs++;
    });
    t.ok(differs < 0.15 * count(alone.ink), `${name}: ${differs} of ${count(alone.ink)} pixels differ`);
  }
});

t.test('what is no rule stays', async (t) => {
  const same = (name: string, ...shapes: Shape[]) => {
    const drawn = picture(stroke, ...shapes);
    t.same(count(clear(drawn)), count(drawn.ink), name);
  };
  same('nothing but a stroke');
  same('a line that ends before the edge', (x, y) => x > 40 && x < 250 && rule(100)(x, y));
  same('a bar too thick', (_, y) => y > 95 && y < 108);
  same('a slope', rule(100, 0.4));
});

t.test('rules alone are what was drawn; few of them may be strokes', async (t) => {
  const alone = picture(rule(60), rule(100));
  t.same(clear(alone), alone.ink);
  const one = picture(stroke, rule(100));
  t.same(clear(one, 2), one.ink);
  t.not(count(clear(one, 1)), count(one.ink));
});
