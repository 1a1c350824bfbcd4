/**
 * Dense layers on rows: x [rows][inputs], w [inputs][outputs], b [outputs], y [rows][outputs]; names ending in Row are
 * the bytes from one row to the next. conv3 covers its whole input, so it is the dense layer 400 → 120.
 */
import { sumLanes } from './lanes';
import { mad } from './mad';

const FLOAT: usize = 4;

/**
 * c [rows][columns] = start [columns] + a [rows][inner] · b [inner][columns]: 4 rows and 8 columns at a time, columns
 * left over in pairs, and an odd one alone. The elements of a lie aRow and aColumn bytes apart; rows a multiple of 4.
 */
function multiply(c: usize, cRow: usize, start: usize, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, rows: usize, inner: usize, columns: usize): void {
  const whole = columns & ~7;
  let column: usize = 0;
  for (; column < whole; column += 8) {
    for (let row: usize = 0; row < rows; row += 4) {
      const startAt = start + column * FLOAT;
      let p0 = v128.load(startAt), q0 = p0, r0 = p0, s0 = p0, p1 = v128.load(startAt, 16), q1 = p1, r1 = p1, s1 = p1;
      let pAt = a + row * aRow, qAt = pAt + aRow, rAt = qAt + aRow, sAt = rAt + aRow;
      let bAt = b + column * FLOAT;
      const end = bAt + inner * bRow;
      do {
        const b0 = v128.load(bAt), b1 = v128.load(bAt, 16);
        const p = v128.load32_splat(pAt), q = v128.load32_splat(qAt), r = v128.load32_splat(rAt), s = v128.load32_splat(sAt);
        p0 = mad(p0, p, b0); p1 = mad(p1, p, b1);
        q0 = mad(q0, q, b0); q1 = mad(q1, q, b1);
        r0 = mad(r0, r, b0); r1 = mad(r1, r, b1);
        s0 = mad(s0, s, b0); s1 = mad(s1, s, b1);
        pAt += aColumn; qAt += aColumn; rAt += aColumn; sAt += aColumn;
        bAt += bRow;
      } while (bAt < end);
      const cAt = c + row * cRow + column * FLOAT, cBelow = cAt + 2 * cRow;
      v128.store(cBelow + cRow, s1, 16); v128.store(cBelow + cRow, s0);
      v128.store(cBelow, r1, 16); v128.store(cBelow, r0);
      v128.store(cAt + cRow, q1, 16); v128.store(cAt + cRow, q0);
      v128.store(cAt, p1, 16); v128.store(cAt, p0);
    }
  }
  for (; column + 1 < columns; column += 2) {
    for (let row: usize = 0; row < rows; row += 4) {
      let p0 = v128.load64_zero(start + column * FLOAT), q0 = p0, r0 = p0, s0 = p0;
      let pAt = a + row * aRow, qAt = pAt + aRow, rAt = qAt + aRow, sAt = rAt + aRow;
      let bAt = b + column * FLOAT;
      const end = bAt + inner * bRow;
      do {
        const b0 = v128.load64_zero(bAt);
        p0 = mad(p0, v128.load32_splat(pAt), b0);
        q0 = mad(q0, v128.load32_splat(qAt), b0);
        r0 = mad(r0, v128.load32_splat(rAt), b0);
        s0 = mad(s0, v128.load32_splat(sAt), b0);
        pAt += aColumn; qAt += aColumn; rAt += aColumn; sAt += aColumn;
        bAt += bRow;
      } while (bAt < end);
      const cAt = c + row * cRow + column * FLOAT, cBelow = cAt + 2 * cRow;
      v128.store64_lane(cBelow + cRow, s0, 0);
      v128.store64_lane(cBelow, r0, 0);
      v128.store64_lane(cAt + cRow, q0, 0);
      v128.store64_lane(cAt, p0, 0);
    }
  }
  if (column < columns) multiplyColumn(c + column * FLOAT, cRow, start + column * FLOAT, a, aRow, aColumn, b + column * FLOAT, bRow, rows, inner);
}

/** As multiply, of one column. */
function multiplyColumn(c: usize, cRow: usize, start: usize, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, rows: usize, inner: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    let sum = v128.load32_zero(start);
    let aAt = a + row * aRow, bAt = b;
    const end = bAt + inner * bRow;
    do {
      sum = mad(sum, v128.load32_zero(aAt), v128.load32_zero(bAt));
      aAt += aColumn;
      bAt += bRow;
    } while (bAt < end);
    v128.store32_lane(c + row * cRow, sum, 0);
  }
}

/** y [rows][outputs] = b + x [rows][inputs] · w; rows a multiple of 4. */
export function dense_forward(y: usize, yRow: usize, x: usize, xRow: usize, w: usize, b: usize, rows: usize, inputs: usize, outputs: usize): void {
  multiply(y, yRow, b, x, xRow, FLOAT, w, outputs * FLOAT, rows, inputs, outputs);
}

/**
 * dw [inputs][outputs] = xᵀ · dy, over samples rows of x and dy; inputs a multiple of 4.
 * `zeros` is [outputs] of them, what the sums start from.
 */
export function dense_weight_gradient(dw: usize, zeros: usize, x: usize, xRow: usize, dy: usize, dyRow: usize, samples: usize, inputs: usize, outputs: usize): void {
  multiply(dw, outputs * FLOAT, zeros, x, FLOAT, xRow, dy, dyRow, inputs, samples, outputs);
}

/** db [outputs] = Σ over samples of dy [samples][outputs]; outputs a multiple of 4. */
export function dense_bias_gradient(db: usize, dy: usize, dyRow: usize, samples: usize, outputs: usize): void {
  for (let output: usize = 0; output < outputs; output += 4) {
    let sum = f32x4.splat(0);
    let dyAt = dy + output * FLOAT;
    for (let sample: usize = 0; sample < samples; sample++) {
      sum = f32x4.add(sum, v128.load(dyAt));
      dyAt += dyRow;
    }
    v128.store(db + output * FLOAT, sum);
  }
}

/**
 * dx [rows][inputs] = dy [rows][outputs] · wᵀ, 2 rows and 4 inputs at a time; rows even, inputs a multiple of 4. Four
 * outputs make a vector: when 4 does not divide outputs, dy needs zeros up to the next multiple.
 */
export function dense_input_gradient(dx: usize, dxRow: usize, dy: usize, dyRow: usize, w: usize, rows: usize, inputs: usize, outputs: usize): void {
  const wRow: usize = outputs * FLOAT,
    length: usize = ((outputs + 3) & ~3) * FLOAT;
  for (let input: usize = 0; input < inputs; input += 4) {
    for (let row: usize = 0; row < rows; row += 2) {
      let p0 = f32x4.splat(0), q0 = p0, r0 = p0, s0 = p0, p1 = p0, q1 = p0, r1 = p0, s1 = p0;
      let dy0At = dy + row * dyRow, dy1At = dy0At + dyRow;
      let pAt = w + input * wRow, qAt = pAt + wRow, rAt = qAt + wRow, sAt = rAt + wRow;
      const end = dy0At + length;
      do {
        const dy0 = v128.load(dy0At), dy1 = v128.load(dy1At);
        const p = v128.load(pAt), q = v128.load(qAt), r = v128.load(rAt), s = v128.load(sAt);
        p0 = mad(p0, p, dy0); p1 = mad(p1, p, dy1);
        q0 = mad(q0, q, dy0); q1 = mad(q1, q, dy1);
        r0 = mad(r0, r, dy0); r1 = mad(r1, r, dy1);
        s0 = mad(s0, s, dy0); s1 = mad(s1, s, dy1);
        pAt += 16; qAt += 16; rAt += 16; sAt += 16;
        dy0At += 16;
        dy1At += 16;
      } while (dy0At < end);
      const out = dx + row * dxRow + input * FLOAT;
      v128.store(out, sumLanes(p0, q0, r0, s0));
      v128.store(out + dxRow, sumLanes(p1, q1, r1, s1));
    }
  }
}
