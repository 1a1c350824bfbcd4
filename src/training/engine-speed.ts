/** Training speed of an engine on this machine: measured once, and what follows from it for a run. */
import type { Engine } from '../engines/engine.ts';
import { glorotUniform } from '../network/initializers.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { Random } from '../network/random.ts';

/** Milliseconds of one step by batch size. */
export type EngineSpeed = Readonly<Record<number, number>>;

/** Between these sizes the time of a step is nearly linear. */
export const MEASURED_BATCH_SIZES = [1, 8, 32, 128] as const;

/** A measurement takes at least this long and this many steps, after a warm-up of half of both. */
const MEASURE_MS = 300;
const LEAST_STEPS = 4;

/**
 * Times training steps on random images.
 *
 * @param engine made for batches of at least 128, with an optimizer
 */
export function measureSpeed(engine: Engine): EngineSpeed {
  const random = new Random(1);
  const room = engine.allocateImages(Math.max(...MEASURED_BATCH_SIZES));
  for (let i = 0; i < room.count * IMAGE_SIZE; i++)
    room.images[i] = random.below(5) === 0 ? random.below(256) : 0;
  for (let i = 0; i < room.count; i++) room.labels[i] = random.below(10);
  engine.setState({ weights: glorotUniform(random) });
  return Object.fromEntries(
    MEASURED_BATCH_SIZES.map((size) => {
      const batch = Uint32Array.from({ length: size }, (_, i) => i);
      const step = () => engine.trainStep(room, batch);
      millisecondsOf(step, { least: LEAST_STEPS / 2, milliseconds: MEASURE_MS / 2 });
      return [size, millisecondsOf(step, { least: LEAST_STEPS, milliseconds: MEASURE_MS })];
    }),
  );
}

/** Milliseconds of a step of `batchSize` images, interpolated between the two measured sizes around it. */
export function stepMilliseconds(speed: EngineSpeed, batchSize: number): number {
  const upper = MEASURED_BATCH_SIZES.find((size) => size >= batchSize) ?? 128;
  const lower = MEASURED_BATCH_SIZES.findLast((size) => size <= batchSize) ?? 1;
  if (upper === lower) return speed[upper];
  return speed[lower] + ((speed[upper] - speed[lower]) * (batchSize - lower)) / (upper - lower);
}

/** Seconds of one pass over `images` images in batches of `batchSize`. */
export function epochSeconds(speed: EngineSpeed, batchSize: number, images: number): number {
  return (Math.ceil(images / batchSize) * stepMilliseconds(speed, batchSize)) / 1000;
}

/** The median step: other load on a shared machine disturbs the mean. */
function millisecondsOf(
  step: () => void,
  { least, milliseconds }: { least: number; milliseconds: number },
): number {
  const started = performance.now();
  const times: number[] = [];
  while (times.length < least || performance.now() - started < milliseconds) {
    const before = performance.now();
    step();
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}
