/** A request to be sent. */
export interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Through which a request comes to be read, and all others together. */
export const DOORS = ['single', 'batch', 'lines', 'V2', 'corrections', 'picture', 'other'] as const;
export type Door = (typeof DOORS)[number];

/** What may hold the server for long. */
export interface Candidate {
  readonly door: Door;
  readonly name: string;
  /** So many of them at once; default 1. */
  readonly atOnce?: number;
  make(): Sent | Promise<Sent>;
}

const BOUNDARY = 'a-boundary-that-no-picture-has';
export const INFER = '/v2/models/lenet5/infer';

const posted =
  (type: string) =>
  (body: string | Buffer, path = '/recognize') => ({
    path,
    headers: { 'content-type': type },
    body,
  });

export const json = posted('application/json');
export const form = posted('application/x-www-form-urlencoded');
export const lines = posted('application/x-ndjson');
export const octets = posted('application/octet-stream');
const multipart = posted(`multipart/form-data; boundary=${BOUNDARY}`);

export function parts(...all: readonly [name: string, content: string | Buffer][]): Sent {
  const pieces = all.flatMap(([name, content]) => {
    const file = typeof content === 'string' ? '' : '; filename="digit.png"';
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')];
  });
  return multipart(Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]));
}

/** Text again and again until it has about so many bytes. */
export const again = (text: string, bytes: number) => text.repeat(Math.floor(bytes / text.length));
/** A JSON list of the same item, of about so many bytes. */
export const list = (item: string, bytes: number) => `[${again(`${item},`, bytes)}${item}]`;
