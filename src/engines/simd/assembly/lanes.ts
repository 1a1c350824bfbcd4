/**
 * Four images go through the convolutions side by side: a "vector" below is 16 bytes, one float of each image of a
 * group. The dense layers want rows instead: one image after the other.
 */

/** Bytes of a vector. */
export const VECTOR: usize = 16;

/**
 * [Σa, Σb, Σc, Σd]
 *
 *   a0 a1 a2 a3   b0 b1 b2 b3        a0+a2 b0+b2 a1+a3 b1+b3
 *   c0 c1 c2 c3   d0 d1 d2 d3   →    c0+c2 d0+d2 c1+c3 d1+d3   →   Σa Σb Σc Σd
 */
@inline
export function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
  return f32x4.add(i32x4.shuffle(ab, cd, 0, 1, 4, 5), i32x4.shuffle(ab, cd, 2, 3, 6, 7));
}

/** Zeros to `bytes` at `array`. */
export function clear(array: usize, bytes: usize): void {
  memory.fill(array, 0, bytes);
}

/** sums [count] floats = the sums of the lanes of vectors [count]; count a multiple of 4. */
export function sum_lanes(sums: usize, vectors: usize, count: i32): void {
  const end = sums + (count << 2);
  do {
    v128.store(sums, sumLanes(v128.load(vectors), v128.load(vectors, 16), v128.load(vectors, 32), v128.load(vectors, 48)));
    sums += 16;
    vectors += 64;
  } while (sums < end);
}

/**
 * The 4×4 block at `from` (rows `fromRow` bytes apart) turned over its diagonal to `to`.
 *
 *   a0 a1 a2 a3        a0 b0 c0 d0
 *   b0 b1 b2 b3   →    a1 b1 c1 d1
 *   c0 c1 c2 c3        a2 b2 c2 d2
 *   d0 d1 d2 d3        a3 b3 c3 d3
 */
@inline
function transposeBlock(to: usize, toRow: usize, from: usize, fromRow: usize): void {
  const a = v128.load(from), b = v128.load(from + fromRow), c = v128.load(from + 2 * fromRow), d = v128.load(from + 3 * fromRow);
  const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5), ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5), cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i32x4.shuffle(ab01, cd01, 0, 1, 4, 5));
  v128.store(to + toRow, i32x4.shuffle(ab01, cd01, 2, 3, 6, 7));
  v128.store(to + 2 * toRow, i32x4.shuffle(ab23, cd23, 0, 1, 4, 5));
  v128.store(to + 3 * toRow, i32x4.shuffle(ab23, cd23, 2, 3, 6, 7));
}

/** rows [4][count], `row` bytes apart, of vectors [count]; count a multiple of 4. */
export function lanes_to_rows(rows: usize, row: usize, vectors: usize, count: i32): void {
  const end = rows + (count << 2);
  do {
    transposeBlock(rows, row, vectors, VECTOR);
    rows += 16;
    vectors += 64;
  } while (rows < end);
}

/** vectors [count] of rows [4][count], `row` bytes apart; count a multiple of 4. */
export function rows_to_lanes(vectors: usize, rows: usize, row: usize, count: i32): void {
  const end = rows + (count << 2);
  do {
    transposeBlock(vectors, VECTOR, rows, row);
    rows += 16;
    vectors += 64;
  } while (rows < end);
}
