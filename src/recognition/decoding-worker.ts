/** Entry of the thread that decodes large inputs. */
import { parentPort } from 'node:worker_threads';
import { CodedError } from '../errors.ts';
import { type Steps, TimeSlices } from '../time-slices.ts';
import { DECODERS } from './decoders.ts';
import type { DecodedMessage, DecodeMessage } from './decoding-thread.ts';
import { toFault } from './inputs.ts';

const slices = new TimeSlices();

parentPort!.on('message', async (message: DecodeMessage) => {
  const { id, decoder, encoded } = message;
  try {
    const decode = DECODERS[decoder] as (encoded: unknown) => Steps<unknown>;
    const result = await slices.run(decode(encoded));
    send({ id, result }, bytesIn(result as Decoded));
  } catch (error) {
    send(error instanceof CodedError ? { id, fault: toFault(error) } : { id, error }, []);
  }
});

interface Decoded {
  readonly images?: Uint8Array<ArrayBuffer>;
  readonly file?: Uint8Array<ArrayBuffer>;
  readonly inputs?: Decoded;
  readonly each?: readonly Decoded[];
}

/** The bytes of images and pictures are handed over, not copied. */
function bytesIn({ images, file, inputs, each = [] }: Decoded): ArrayBuffer[] {
  const own = [images, file].flatMap((bytes) => (bytes ? [bytes.buffer] : []));
  return [...own, ...(inputs ? bytesIn(inputs) : []), ...each.flatMap(bytesIn)];
}

function send(message: DecodedMessage, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(message, transfer);
}
