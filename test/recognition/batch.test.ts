import t from 'tap';
import { checkInputs } from '../../src/recognition/batch.ts';

t.test('inputs are a list of 1 to 1,000', async (t) => {
  const refused = (inputs: unknown, message: RegExp) =>
    t.throws(() => checkInputs(inputs), { code: 'BAD_INPUTS', status: 422, field: 'inputs', message });
  refused({ matrix: [] }, /must be a list/);
  refused([], /has no input/);
  refused(new Array(1001), /has 1,001 inputs; at most 1,000.*x-ndjson/);
  t.equal(checkInputs(new Array(1000).fill({})).length, 1000);
});
