/** Entry of the thread that decodes what is large. */
import { parentPort } from 'node:worker_threads';
import { CodedError } from '../errors.ts';
import { DECODERS } from './decoders.ts';
import type { DecodedMessage, DecodeMessage } from './decoding-thread.ts';
import { toFault } from './inputs.ts';
import { type Steps, TimeSlices } from './time-slices.ts';

const slices = new TimeSlices();

parentPort!.on('message', async (message: DecodeMessage) => {
  const { id, decoder, encoded } = message;
  try {
    const decode = DECODERS[decoder] as (encoded: unknown) => Steps<unknown>;
    const result = await slices.run(decode(encoded));
    send({ id, result }, imagesIn(result));
  } catch (error) {
    send(error instanceof CodedError ? { id, fault: toFault(error) } : { id, error }, []);
  }
});

/** The bytes of images are handed over, not copied. */
function imagesIn(result: unknown): ArrayBuffer[] {
  const { images, inputs } = result as {
    images?: Uint8Array<ArrayBuffer>;
    inputs?: { images: Uint8Array<ArrayBuffer> };
  };
  const bytes = images ?? inputs?.images;
  return bytes ? [bytes.buffer] : [];
}

function send(message: DecodedMessage, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(message, transfer);
}
