import { open } from 'node:fs/promises';
import path from 'node:path';
import { readKerasH5 } from './keras-h5.ts';
import { readSafetensors } from './safetensors.ts';
import { badModelFile, type TrainedWeights } from './trained-weights.ts';

/** Our format takes 250 kB, Keras's with optimizer state 790 kB. */
const MOST_BYTES = 16 * 2 ** 20;

/**
 * Reads a file of this network's weights: our safetensors or a Keras HDF5 file, told apart by their first bytes and
 * not by their name.
 *
 * @throws CodedError 422 with a sentence why it cannot be read, without the file's folder
 */
export async function readModelFile(file: string): Promise<TrainedWeights> {
  const bytes = await readBytes(file);
  const starts = (magic: string, at = 0) => bytes.toString('latin1', at, at + magic.length) === magic;
  if (starts('\x89HDF\r\n\x1a\n')) return readKerasH5(bytes);
  // Its header, after the eight bytes of its length, is a JSON object.
  if (starts('{', 8)) return readSafetensors(bytes);
  const hint = starts('PK') ? ' A .keras archive must be saved as HDF5: model.save("lenet5.h5").' : '';
  throw badModelFile(`${path.basename(file)} is neither a safetensors nor a Keras HDF5 file.${hint}`);
}

async function readBytes(file: string): Promise<Buffer> {
  const name = path.basename(file);
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw badModelFile(`${name} cannot be opened: does it exist, and is it readable?`, cause);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw badModelFile(`${name} is not a file.`);
    if (stats.size > MOST_BYTES) {
      throw badModelFile(`${name} is too large for a model of this network: more than 16 MB.`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
