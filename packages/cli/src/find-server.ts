import { join } from 'node:path';
import { CommandError } from './errors.ts';
import { findLogin, type Login, readIfThere } from './login-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Tells a person of something that is passed over. */
type Tell = (words: string) => void;

/** Folder of the installation on this machine. */
function dataFolderOf(env: Env): string {
  return env['GREENROOM_DATA'] || 'greenroom-data';
}

/**
 * Finds the server to talk to and the key that opens it: by `GREENROOM_URL` and `GREENROOM_API_KEY`, else
 * by the local owner's key in the data folder, else by the kept login.
 *
 * @param tell - Is told of a file that cannot be read; it counts as none.
 * @throws {CommandError} Saying what to do when there is none.
 */
export async function findServer(env: Env, tell: Tell): Promise<Login> {
  const found = (await findInEnvironment(env, tell)) ?? (await findHere(env, tell));
  if (found !== undefined) return found;
  throw new CommandError('There is no server to talk to.', {
    remedy:
      'Start one here with "greenroom serve", sign in to another with "greenroom login", or set GREENROOM_URL and GREENROOM_API_KEY.',
  });
}

async function findInEnvironment(env: Env, tell: Tell): Promise<Login | undefined> {
  const url = env['GREENROOM_URL'];
  const apiKey = env['GREENROOM_API_KEY'];
  if (!url && !apiKey) return undefined;
  if (url && apiKey) return { url: toBaseUrl(url), apiKey };
  // Half of it may go with what is known otherwise: a key with the local address, an address with its login.
  const known = await findHere(env, tell);
  if (apiKey && known !== undefined) return { url: known.url, apiKey };
  if (url && known?.url === toBaseUrl(url)) return known;
  throw new CommandError(`${url ? 'GREENROOM_API_KEY' : 'GREENROOM_URL'} is missing.`, {
    remedy: `Set it beside ${url ? 'GREENROOM_URL' : 'GREENROOM_API_KEY'}, or run "greenroom login".`,
  });
}

async function findHere(env: Env, tell: Tell): Promise<Login | undefined> {
  return (await findLocal(env, tell)) ?? (await findLogin(env, tell));
}

async function findLocal(env: Env, tell: Tell): Promise<Login | undefined> {
  const folder = dataFolderOf(env);
  const apiKey = (await readIfThere(join(folder, 'owner.key')))?.trim();
  if (apiKey === undefined || apiKey === '') return undefined;
  // Loaded when it is needed: --help reads nothing of the server's.
  const { readServerFile } = await import('@greenroom/server/server-file');
  const url = await readServerFile(folder, (file) =>
    tell(`${file} cannot be read; the server is looked for at its usual address.`),
  );
  return { url: url ?? 'http://127.0.0.1:8787', apiKey };
}

/**
 * Reads the address of a server, without a slash at its end.
 *
 * @throws {CommandError} If it is none.
 */
export function toBaseUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new CommandError(`${JSON.stringify(text)} is no address of a server.`, {
    remedy: 'It looks like https://greenroom.example.com.',
  });
}
