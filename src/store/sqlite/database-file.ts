import path from 'node:path';

/** The one file in the data folder that has to be kept. ':memory:' is not a folder: nothing is kept. */
export function databaseFile(dataDir: string): string {
  return dataDir === ':memory:' ? dataDir : path.join(dataDir, 'workbench.sqlite');
}
