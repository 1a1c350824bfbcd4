import t from 'tap';
import { type CsvValue, csvLines } from '../../src/formats/csv.ts';

const line = (...row: CsvValue[]) => [...csvLines([row])].join('');

t.test('values are written as RFC 4180 has them', async (t) => {
  t.equal(line('run', 3, 0.0213, true, null, -1e-7), 'run,3,0.0213,true,,-1e-7\r\n');
  t.equal(line('a,b', 'say "so"', 'two\nlines', ''), '"a,b","say ""so""","two\nlines",\r\n');
  t.same([...csvLines([['a'], ['b']])], ['a\r\n', 'b\r\n']);
});

t.test('a text that a spreadsheet would compute stays a text', async (t) => {
  t.equal(line('=1+1', '+1', '-1', '@SUM(A1)', 'x=1'), "'=1+1,'+1,'-1,'@SUM(A1),x=1\r\n");
});
