/** On what and with what a measurement was made. */
import { availableParallelism, cpus, totalmem } from 'node:os';

export const CORES = availableParallelism();

export function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus()[0].model.trim()}, ${CORES} cores, ${gigabytes} GiB, ${process.platform} ${process.arch}, Node ${process.version}`;
}
