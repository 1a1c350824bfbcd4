import t from 'tap';
import { MOST_POINTS } from '../../src/recognition/drawing.ts';
import { parseStrokes } from '../../src/recognition/strokes.ts';

t.test('good strokes are given back as they are', async (t) => {
  const strokes = [
    [
      [1, 2],
      [3.5, -4],
    ],
    [],
    [[0, 0]],
  ];
  t.equal(parseStrokes(strokes), strokes);
  const most = [Array.from({ length: MOST_POINTS }, (_, i) => [i, i])];
  t.equal(parseStrokes(most), most);
});

t.test('bad strokes are refused with a sentence', async (t) => {
  const shape = '[[[x, y], …], …]';
  const cases: [strokes: unknown, message: string][] = [
    [undefined, `Strokes must be a list of strokes: ${shape}.`],
    [null, `Strokes must be a list of strokes: ${shape}.`],
    [{ strokes: [] }, `Strokes must be a list of strokes: ${shape}.`],
    [[7], `Stroke 1 is not a list of points: strokes are ${shape}.`],
    [[[[1, 2]], 'M 0 0'], `Stroke 2 is not a list of points: strokes are ${shape}.`],
    [[[1, 2]], 'Point 1 of stroke 1 is not two finite numbers [x, y].'],
    [[[[1, 2], [3]]], 'Point 2 of stroke 1 is not two finite numbers [x, y].'],
    [[[[1, 2, 3]]], 'Point 1 of stroke 1 is not two finite numbers [x, y].'],
    [[[[1, '2']]], 'Point 1 of stroke 1 is not two finite numbers [x, y].'],
    [[[[1, Number.NaN]]], 'Point 1 of stroke 1 is not two finite numbers [x, y].'],
    [[[[Infinity, 1]]], 'Point 1 of stroke 1 is not two finite numbers [x, y].'],
    [[[[1, null]]], 'Point 1 of stroke 1 is not two finite numbers [x, y].'],
    [[Array.from({ length: MOST_POINTS + 1 }, () => [1, 1])], 'A drawing has at most 20,000 points.'],
  ];
  for (const [strokes, message] of cases) {
    t.throws(
      () => parseStrokes(strokes),
      { code: 'BAD_STROKES', status: 422, field: 'strokes', message },
      message,
    );
  }
});

t.test('strokes without a point are an empty drawing', async (t) => {
  for (const strokes of [[], [[]], [[], []]]) {
    t.throws(() => parseStrokes(strokes), { code: 'NOTHING_DRAWN', status: 422, message: 'Nothing drawn.' });
  }
});

t.test('a dot alone is nothing drawn, also when the pen rested on it', async (t) => {
  const nothing = { code: 'NOTHING_DRAWN', status: 422, message: 'Nothing drawn.' };
  for (const strokes of [
    [[[5, 5]]],
    [
      [
        [5, 5],
        [5, 5],
      ],
      [],
      [[5, 5]],
    ],
  ])
    t.throws(() => parseStrokes(strokes), nothing);
  t.equal(
    parseStrokes([
      [
        [5, 5],
        [5, 5.1],
      ],
    ]).length,
    1,
    'a dash is a drawing',
  );
});
