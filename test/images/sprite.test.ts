import t from 'tap';
import { OUTSIDE, signedColour, signedLevels } from '../../src/images/signed-levels.ts';
import { pixelAt, placeOf, sizeOfSprite, spriteLevels, spriteOf } from '../../src/images/sprite.ts';
import { LAYER_NAMES, LAYERS } from '../../src/network/layers.ts';

t.test('each pixel of each map is found where it is shown', async (t) => {
  for (const name of LAYER_NAMES) {
    const { shape } = LAYERS[name];
    const [rows, columns, maps] = shape;
    const layout = spriteOf(name, shape);
    const { width, height } = sizeOfSprite(layout);
    const levels = Int8Array.from({ length: rows * columns * maps }, (_, i) => (i % 251) - 125);
    const sprite = spriteLevels(levels, layout);
    const found = new Set<number>();
    for (let map = 0; map < maps; map++) {
      const place = placeOf(layout, map);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const [x, y] = [place.x + column, place.y + row];
          const at = pixelAt(layout, x + 0.5, y + 0.5);
          if (at.map !== map || at.row !== row || at.column !== column) t.fail(`${name}: ${x}, ${y}`);
          if (sprite[y * width + x] === levels[(row * columns + column) * maps + map])
            found.add(y * width + x);
        }
      }
    }
    t.equal(found.size, levels.length, 'no two at the same place');
    t.equal(sprite.filter((level) => level === OUTSIDE).length, width * height - levels.length);
    t.same(pixelAt(layout, -5, height + 9).row, rows - 1, 'outside the nearest counts');
  }
});

t.test('levels are on one scale, whose middle is 0', async (t) => {
  t.same(signedLevels([-2, 0, 1, 4]), { levels: new Int8Array([-63, 0, 32, 127]), largest: 4 });
  t.same(signedLevels([9], 3).levels, new Int8Array([127]), 'what is beyond it is cut');
  t.same(signedLevels([0, 0]), { levels: new Int8Array([0, 0]), largest: 0 });
  t.equal(signedColour(127)[3], 255);
  t.equal(signedColour(-127)[3], 255);
  t.notSame(signedColour(50).slice(0, 3), signedColour(-50).slice(0, 3));
  t.equal(signedColour(OUTSIDE)[3], 0);
});
