import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a server says in its data folder that it listens. */
export const SERVER_FILE = 'server.json';

/**
 * Reads where the server of a data folder listens, as it wrote when it started.
 *
 * @param onUnreadable - Is told of a file that is there and says nothing; it counts as none.
 * @returns The server's base URL; `undefined` when no server has written one.
 */
export async function readServerFile(
  dataFolder: string,
  onUnreadable: (file: string) => void,
): Promise<string | undefined> {
  const file = join(dataFolder, SERVER_FILE);
  try {
    const held: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof held === 'object' && held !== null && 'url' in held && isHttpUrl(held.url))
      return held.url;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  }
  onUnreadable(file);
  return undefined;
}

function isHttpUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:$/.test(URL.parse(value)?.protocol ?? '');
}
