import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** A server and the key that opens it, as `greenroom login` keeps them. */
export interface Login {
  /** Base URL of the server. */
  readonly url: string;
  /** API key: `grk_…`. */
  readonly apiKey: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Where the login is kept: `login.json` in the person's configuration folder. */
export function loginFile(env: Env): string {
  const folder = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config');
  return join(folder, 'greenroom', 'login.json');
}

/**
 * The kept login, if there is one.
 *
 * @param tell - Is told in words of a file that holds none; it counts as no login.
 */
export async function findLogin(
  env: Env,
  tell: (words: string) => void,
): Promise<Login | undefined> {
  const file = loginFile(env);
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const login = toLogin(text);
  if (login === undefined) tell(`${file} holds no login; "greenroom login" writes it anew.`);
  return login;
}

function toLogin(text: string): Login | undefined {
  try {
    const held: unknown = JSON.parse(text);
    const isObject = typeof held === 'object' && held !== null;
    if (!isObject || !('url' in held) || !('api_key' in held)) return undefined;
    const { api_key: apiKey, url } = held;
    return typeof url === 'string' && typeof apiKey === 'string' ? { url, apiKey } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a login, readable by this person alone; an earlier one is replaced. */
export async function saveLogin(env: Env, login: Login): Promise<void> {
  const file = loginFile(env);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.tmp`;
  const text = JSON.stringify({ url: login.url, api_key: login.apiKey });
  await writeFile(draft, `${text}\n`, { mode: 0o600 });
  await rename(draft, file);
}

/** Forgets the kept login; nothing happens when there is none. */
export async function removeLogin(env: Env): Promise<void> {
  await rm(loginFile(env), { force: true });
}

/** The text of a file, or undefined when there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
