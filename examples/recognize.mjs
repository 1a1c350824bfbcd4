// Reads digits: node recognize.mjs [address]. Needs Node 20 or newer, and nothing else.
const url = process.argv[2] ?? 'http://127.0.0.1:8000';

async function recognize(body) {
  const answer = await fetch(`${url}/recognize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.detail);
  return result;
}

// A seven as somebody draws it: points of one stroke, in any unit, y downwards.
const seven = [
  [
    [60, 60],
    [220, 60],
    [200, 110],
    [160, 170],
    [130, 250],
  ],
];
const { text, sure, probabilities } = await recognize({ strokes: seven });
console.log(`${text}${sure ? '' : ' (not sure)'}: ${(100 * Math.max(...probabilities)).toFixed(1)} %`);

// Many at once; an input that cannot be read gets its sentence, the others their digits.
const one = [
  [
    [100, 20],
    [100, 260],
  ],
];
const { results, model } = await recognize({
  inputs: [{ strokes: seven }, { strokes: one }, { matrix: [1, 2] }],
});
for (const result of results) console.log(result.error ? result.error.message : result.digit);
console.log(`Read by ${model}.`);
