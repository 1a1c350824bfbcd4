/**
 * Memory shared by all threads of an engine: a bump allocator over one WebAssembly.Memory, which grows as needed and
 * is freed only as a whole.
 *
 * Earlier views stay valid after growing, but short: take a view of an array only after allocating it.
 */
import type { Address } from './kernels.ts';

const PAGE = 65_536;
/** 1 GiB: address space, not memory in use. */
const MOST_PAGES = 16_384;
/** The kernels' own constants lie in the first page. */
const FIRST_FREE = PAGE;
/** Arrays begin on a cache line of their own. */
const ALIGNMENT = 64;

export class SharedHeap {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  #end = FIRST_FREE;

  /** Room for `bytes`, zeroed. @throws RangeError when there is none left. */
  allocate(bytes: number): Address {
    const address = this.#end;
    const end = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.memory.grow(missing);
    this.#end = end;
    return address;
  }

  bytes(address: Address, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  floats(address: Address, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }
}
