import t from 'tap';
import { MOST_POINTS } from '../../src/images/drawing.ts';
import { takeInput } from '../../src/images/input.ts';
import { parseStrokes } from '../../src/images/strokes.ts';

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

t.test('a slip of the pen is too little, a small digit is not', async (t) => {
  const read = (length: number) => () =>
    takeInput({
      strokes: [
        [
          [150, 150],
          [150, 150 + length],
        ],
      ],
    });
  for (const length of [0.5, 1, 3]) t.throws(read(length), { status: 422, message: /^Too little drawn/ });
  for (const length of [8, 40]) t.doesNotThrow(read(length));
  t.doesNotThrow(
    () =>
      takeInput({
        strokes: [
          [
            [0.1, 0.1],
            [0.1, 0.9],
          ],
        ],
      }),
    'in any unit',
  );
});
