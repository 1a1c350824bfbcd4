/** What a tensorflow-cpu wheel holds of the C library: read from the wheel itself (a zip) or a folder it was unpacked to. */
import { cpSync, createWriteStream, globSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The library under the name that its own dependants ask for. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** The C API and the few headers it includes; these moved from tensorflow/tsl (2.12) over tsl to xla/tsl. */
const HEADERS =
  /^include\/(tensorflow\/c\/|tensorflow\/core\/platform\/ctstring|([\w/]+\/)?tsl\/(c|platform)\/).*\.h$/;

const isWanted = (file: string) => LIBRARIES.includes(file) || HEADERS.test(file);

/**
 * Copies the libraries to `<to>/lib` and the headers to `<to>/include`.
 *
 * @param from a wheel, or a folder with a `tensorflow` folder in it (an unpacked wheel, site-packages)
 * @param packages folder in which yauzl is installed; only a wheel needs it
 * @returns names of the files copied, relative to the wheel's `tensorflow` folder
 */
export function extractLibrary(from: string, to: string, packages: string): Promise<string[]> {
  return from.endsWith('.whl') ? extractZip(from, to, packages) : extractFolder(from, to);
}

async function extractFolder(from: string, to: string): Promise<string[]> {
  const root = path.join(from, 'tensorflow');
  const files = globSync(['*.so.2', 'include/**/*.h'], { cwd: root }).filter(isWanted);
  for (const file of files) cpSync(path.join(root, file), target(to, file), { dereference: true });
  return files;
}

async function extractZip(from: string, to: string, packages: string): Promise<string[]> {
  const files: string[] = [];
  const zip = await openZip(from, packages);
  for await (const entry of zip.eachEntry()) {
    const file = entry.fileName.replace(/^tensorflow\//, '');
    if (file === entry.fileName || !isWanted(file)) continue;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target(to, file)));
    files.push(file);
  }
  return files;
}

/** Path that a file of the wheel is copied to; its folder is made. */
function target(to: string, file: string): string {
  const place = path.join(to, LIBRARIES.includes(file) ? 'lib' : '', file);
  mkdirSync(path.dirname(place), { recursive: true });
  return place;
}

interface ZipEntry {
  readonly fileName: string;
}

/** The part of yauzl that is used. */
interface Zip {
  eachEntry(): AsyncIterable<ZipEntry>;
  openReadStreamPromise(entry: ZipEntry): Promise<Readable>;
}

function openZip(file: string, packages: string): Promise<Zip> {
  const yauzl = createRequire(path.join(packages, 'package.json'))('yauzl');
  return yauzl.openPromise(file);
}
