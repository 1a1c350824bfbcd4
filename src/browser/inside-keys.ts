import type { LayerShape } from '../network/layers.ts';

/** A value of a layer. */
export interface Place {
  readonly map: number;
  readonly row: number;
  readonly column: number;
}

/**
 * Where a key leads from a value: arrows within the map, Page Up and Page Down to the same place of another. Units of
 * a dense layer, of which each is a map of one value, are moved among as they stand.
 *
 * @returns null for other keys
 */
export function moveBy(
  key: string,
  { map, row, column }: Place,
  { shape: [rows, columns, maps], across }: { readonly shape: LayerShape; readonly across: number },
): Place | null {
  const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  const toMap = (other: number) => ({ map: within(other, maps), row, column });
  const down = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
  const right = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  if (key === 'PageDown') return toMap(map + 1);
  if (key === 'PageUp') return toMap(map - 1);
  if (key === 'Home') return toMap(0);
  if (key === 'End') return toMap(maps - 1);
  if (down === 0 && right === 0) return null;
  if (rows === 1) {
    const other = map + down * across + right;
    return toMap(other < 0 || other >= maps ? map : other);
  }
  return { map, row: within(row + down, rows), column: within(column + right, columns) };
}
