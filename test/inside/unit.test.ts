import t from 'tap';
import { SimdEngine } from '../../src/engines/simd/simd-engine.ts';
import { type Inside, type Unit, writeOut } from '../../src/inside/unit.ts';
import { indexIn, LAYER_NAMES, LAYERS, type LayerName } from '../../src/network/layers.ts';
import { KERAS_IMAGES, kerasModel } from './keras-inside.ts';

const model = await kerasModel();
const engine = await SimdEngine.create(model);
engine.setState(model);
t.teardown(() => engine.dispose());
const [, , { pixels, layers }] = KERAS_IMAGES;
const inside: Inside = { ...model, temperature: 1, image: pixels, activations: engine.activations(pixels) };

/** Corners, edges and insides of each layer. */
function* units(): Generator<Unit> {
  for (const layer of LAYER_NAMES) {
    const [rows, columns, maps] = LAYERS[layer].shape;
    for (const row of new Set([0, 1, rows >> 1, rows - 1].filter((row) => row < rows)))
      for (const column of new Set([0, columns >> 1, columns - 1]))
        for (const map of [0, maps >> 1, maps - 1]) yield { layer, row, column, map };
  }
}

t.test('the terms, added again, are the value that Keras has', async (t) => {
  for (const unit of units()) {
    const { layer, row, column, map } = unit;
    const { operation, terms, bias, sum, value, outside } = writeOut(inside, unit);
    const wanted = layers[layer].values[indexIn(LAYERS[layer].shape, row, column, map)];
    const at = JSON.stringify(unit);
    t.ok(Math.abs(value - wanted) <= 1e-5 * Math.max(1, Math.abs(wanted)), `${at}: ${value}, ${wanted}`);
    const again = terms.reduce((total, term) => total + term.product, bias ?? 0);
    t.ok(Math.abs(again - sum) < 1e-9, `${at}: the sum`);
    if (operation !== 'softmax')
      t.notOk(
        terms.find((term) => term.product !== term.weight! * term.value),
        at,
      );
    t.same(
      terms.map(({ product }) => Math.abs(product)),
      terms.map(({ product }) => Math.abs(product)).sort((a, b) => b - a),
      'the largest first',
    );
    if (operation === 'weighted')
      t.equal(value, LAYERS[layer].isActivated ? Math.max(0, sum) : sum, `${at}: relu`);
    if (operation === 'mean') t.equal(terms.length, 4);
    if (layer === 'conv1') t.equal(terms.length + outside, 25);
    if (layer === 'conv2') t.equal(terms.length + outside, 150);
  }
});

t.test('a softmax is told at the temperature of the model', async (t) => {
  const unit = { layer: 'probabilities', row: 0, column: 0 } as const;
  const shares = Array.from(
    { length: 10 },
    (_, map) => writeOut({ ...inside, temperature: 2 }, { ...unit, map }).value,
  );
  t.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-12);
  const { logits, probabilities } = inside.activations;
  // √p, scaled to sum to 1.
  const roots = Array.from(probabilities, Math.sqrt);
  const total = roots.reduce((a, b) => a + b);
  shares.forEach((share, k) => {
    t.ok(Math.abs(share - roots[k] / total) < 1e-6, `of ${logits[k]}`);
  });
});

t.test('what a layer does not have cannot be written out', async (t) => {
  for (const wrong of [{ row: 28 }, { column: -1 }, { map: 6 }, { row: 0.5 }])
    t.throws(
      () => writeOut(inside, { layer: 'conv1' as LayerName, row: 0, column: 0, map: 0, ...wrong }),
      RangeError,
    );
});
