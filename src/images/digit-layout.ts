/**
 * Strokes, or parts of a picture's ink → where digits may be: row by row, from left to right. What is certainly one
 * digit is put together, and what stands apart is parted; where neither is certain, such as neighbours that overlap or a
 * 5 whose roof is far away, both are offered, and whoever reads them decides.
 */
import type { Box } from './ink-picture.ts';

/** Digits count as separate with this much paper between them, as a share of the taller one's height. */
const APART = 0.15;
/** A part lower than this share of the tallest is a dot, a dash or a slip, or belongs to a digit beside it. */
const LEAST_HEIGHT = 0.4;
/** Parts overlap sideways when this share of the narrower one does: the bar in a 4 lies within its other stroke. */
const OVERLAP = 0.5;
/** Paper between parts above one another that are one digit, as a share of the taller one's height. */
const STACKED = 0.08;
/** The same if one of them is low: the roof of a 5. */
const ROOF = 0.35;
/** Parts whose heights overlap by this share of the lower one's are in one row. */
const LEVEL = 0.4;
/** Most parts one digit may consist of, where it is not certain that it does. */
const MOST_JOINED = 5;
/** More parts than this are texture or a scribble, and more digits in a row, or rows, no numbers. */
const [MOST_PARTS, MOST_IN_ROW, MOST_ROWS] = [400, 32, 12];

export interface Extent {
  /** What hangs together in the picture, if it was cut: the same for all its pieces. */
  readonly source?: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where a digit may be. Those that are read cover each place exactly once. */
export interface Cell {
  /** In the unit of what was sent: pixels of the picture held upright, points of the strokes, numbers of the matrix. */
  readonly box: Box;
  /** From 0, from top to bottom. */
  readonly row: number;
  /** It covers the places from `from` up to but without `to`. */
  readonly from: number;
  readonly to: number;
  /** It reaches the edge of the picture: it may be no digit at all. */
  readonly isCut?: boolean;
  /** All there is, though it is apart. */
  readonly isWhole?: boolean;
  /** Ink that hangs together was cut at its border. */
  readonly isParted?: boolean;
}

export interface LaidOutCell extends Cell {
  /** Indices of its parts. */
  readonly parts: readonly number[];
}

interface Piece extends Extent {
  readonly parts: readonly number[];
}

const heightOf = ({ top, bottom }: Extent) => bottom - top;
const across = (a: Extent, b: Extent) => Math.max(a.left, b.left) - Math.min(a.right, b.right);
const between = (a: Extent, b: Extent) => Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);

/** @returns null when it is certainly no more than one digit */
export function layOut(extents: readonly Extent[]): LaidOutCell[] | null {
  if (extents.length < 2 || extents.length > MOST_PARTS) return null;
  const parts = extents.map((extent, i): Piece => ({ ...extent, parts: [i] }));
  const pieces = attachLow(mergeWhere(parts, isOneDigit));
  if (pieces.length < 2) return null;
  const rows = toRows(pieces);
  if (rows.length > MOST_ROWS || rows.some((row) => row.length > MOST_IN_ROW)) return null;
  let next = 0;
  const cells = rows.flatMap((row, i) => {
    const from = next;
    next += row.length;
    return cellsOf(row, i, from);
  });
  return withWhole(cells, rows.flat()).map((cell) => markParted(cell, extents));
}

export function boxOf(parts: readonly Extent[]): Box {
  const { left, right, top, bottom } = union(parts);
  return { left, top, width: right - left, height: bottom - top };
}

function union(extents: readonly Extent[]): Extent {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const extent of extents) {
    left = Math.min(left, extent.left);
    right = Math.max(right, extent.right);
    top = Math.min(top, extent.top);
    bottom = Math.max(bottom, extent.bottom);
  }
  return { left, right, top, bottom };
}

function join(pieces: readonly Piece[]): Piece {
  if (pieces.length === 1) return pieces[0];
  return { ...union(pieces), parts: pieces.flatMap(({ parts }) => parts) };
}

/** One of them lies above or within the other, hardly apart. Of what was cut apart that is decided later. */
function isOneDigit(a: Piece, b: Piece): boolean {
  if (a.source !== undefined || b.source !== undefined) return false;
  const narrower = Math.min(a.right - a.left, b.right - b.left);
  if (across(a, b) > -OVERLAP * narrower) return false;
  const [lower, taller] = [heightOf(a), heightOf(b)].sort((x, y) => x - y);
  return between(a, b) <= (lower < LEAST_HEIGHT * taller ? ROOF : STACKED) * taller;
}

/** What belongs together, at once or by way of others, becomes one; in each round with what it has become. */
function mergeWhere(pieces: readonly Piece[], belong: (a: Piece, b: Piece) => boolean): Piece[] {
  const groups = groupsOf(pieces.length, (i, j) => belong(pieces[i], pieces[j]));
  const merged = groups.map((group) => join(group.map((i) => pieces[i])));
  return merged.length === pieces.length ? merged : mergeWhere(merged, belong);
}

/** Indices that are linked, at once or by way of others. */
function groupsOf(count: number, isLinked: (i: number, j: number) => boolean): number[][] {
  const root = Array.from({ length: count }, (_, i) => i);
  const rootOf = (i: number): number => (root[i] === i ? i : rootOf(root[i]));
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) if (isLinked(i, j)) root[rootOf(j)] = rootOf(i);
  }
  const groups = new Map<number, number[]>();
  for (let i = 0; i < count; i++) groups.set(rootOf(i), [...(groups.get(rootOf(i)) ?? []), i]);
  return [...groups.values()];
}

/**
 * Low pieces go to the digit they are nearest to. Those far from any are dots and dashes between digits, and left out;
 * beside a single digit they stay: it is then not clearly one.
 */
function attachLow(pieces: readonly Piece[]): Piece[] {
  const tallest = Math.max(...pieces.map(heightOf));
  const isHigh = (piece: Piece) => heightOf(piece) >= LEAST_HEIGHT * tallest && heightOf(piece) > 0;
  const high = pieces.filter(isHigh);
  if (high.length === 0) return [join(pieces)];
  const belonging = high.map((piece) => [piece]);
  for (const low of pieces.filter((piece) => !isHigh(piece))) {
    const gaps = high.map((piece) =>
      Math.hypot(Math.max(0, across(low, piece)), Math.max(0, between(low, piece))),
    );
    const nearest = gaps.indexOf(Math.min(...gaps));
    const isNear = gaps[nearest] < APART * heightOf(high[nearest]);
    if (high.length === 1 || low.source !== undefined || isNear) belonging[nearest].push(low);
  }
  return belonging.map(join);
}

/** From top to bottom, each from left to right. A row may be tilted: each digit is level with the next one. */
function toRows(pieces: readonly Piece[]): Piece[][] {
  const middle = ({ left, right }: Piece) => (left + right) / 2;
  const sorted = [...pieces].sort((a, b) => middle(a) - middle(b));
  const next = sorted.map((piece, i) => {
    const level = (other: Piece, j: number) =>
      j > i && -between(piece, other) >= LEVEL * Math.min(heightOf(piece), heightOf(other));
    return sorted.findIndex(level);
  });
  const rows = groupsOf(sorted.length, (i, j) => next[i] === j).map((row) => row.map((i) => sorted[i]));
  const height = (row: readonly Piece[]) =>
    row.reduce((sum, { top, bottom }) => sum + top + bottom, 0) / row.length;
  return rows.sort((a, b) => height(a) - height(b));
}

function cellsOf(row: readonly Piece[], index: number, first: number): LaidOutCell[] {
  const cells: LaidOutCell[] = [];
  for (let from = 0; from < row.length; from++) {
    for (let to = from + 1; to <= row.length && to - from <= MOST_JOINED; to++) {
      if (to - from > 1 && areApart(row.slice(from, to - 1), row[to - 1])) break;
      cells.push(toCell(row.slice(from, to), { row: index, from: first + from, to: first + to }));
    }
  }
  return cells;
}

function areApart(before: readonly Piece[], piece: Piece): boolean {
  const right = Math.max(...before.map((each) => each.right));
  return piece.left - right >= APART * Math.max(heightOf(piece), ...before.map(heightOf));
}

function toCell(pieces: readonly Piece[], place: { row: number; from: number; to: number }): LaidOutCell {
  return { ...place, box: boxOf(pieces), parts: pieces.flatMap(({ parts }) => parts) };
}

function markParted(cell: LaidOutCell, extents: readonly Extent[]): LaidOutCell {
  const sources = new Set(cell.parts.map((i) => extents[i].source));
  const isParted = extents.some(
    ({ source }, i) => source !== undefined && sources.has(source) && !cell.parts.includes(i),
  );
  return isParted ? { ...cell, isParted } : cell;
}

/** All parts may be one digit, however far apart: broken lines, or grain that was taken for parts. */
function withWhole(cells: LaidOutCell[], pieces: readonly Piece[]): LaidOutCell[] {
  const isOffered = cells.some(({ from, to }) => from === 0 && to === pieces.length);
  if (isOffered) return cells;
  return [...cells, { ...toCell(pieces, { row: 0, from: 0, to: pieces.length }), isWhole: true }];
}
