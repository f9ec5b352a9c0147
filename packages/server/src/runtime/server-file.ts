import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVER_FILE } from './read-server-file.ts';

/** Writes where this server listens into its data folder, for the command line; gives a function that removes it. */
export async function writeServerFile(
  dataFolder: string,
  url: string,
): Promise<() => Promise<void>> {
  const file = join(dataFolder, SERVER_FILE);
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
  await rename(draft, file);
  return () => rm(file, { force: true });
}
