import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** Whom the addresses of a name are asked of. */
export interface NameSource {
  /** Name servers as `address:port`; those of the machine if left out. */
  readonly servers?: readonly string[] | undefined;
  /** A file of names that comes before them, if any. */
  readonly hostsFile: string | undefined;
}

/** Where the machine keeps names of its own. */
export function systemHostsFile(): string {
  const { SystemRoot: root = 'C:\\Windows' } = process.env;
  return process.platform === 'win32'
    ? join(root, 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';
}

/** How long one name server is waited for at first. */
const PATIENCE_MS = 3_000;
const TRIES = 2;

/**
 * Looks up the addresses of a name, both kinds.
 *
 * Not by the system's own look-up, of which a process makes a few at a time and can cancel none: names of others,
 * whose servers hang, would keep it from looking up TikTok.
 *
 * @throws What the resolver throws, such as `ENOTFOUND`; `ECANCELLED` when the signal aborts.
 */
export async function findAddresses(
  name: string,
  { hostsFile, servers }: NameSource,
  signal: AbortSignal,
): Promise<LookupAddress[]> {
  const known = hostsFile === undefined ? [] : await findInFile(name, hostsFile);
  if (known.length > 0) return known;
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: PATIENCE_MS, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(name),
      resolver.resolve6(name),
    ]);
    const found = [...toAddresses(four, 4), ...toAddresses(six, 6)];
    if (found.length === 0 && four.status === 'rejected') throw four.reason;
    return found;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function toAddresses(answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  if (answer.status === 'rejected') return [];
  return answer.value.map((address) => ({ address, family }));
}

async function findInFile(name: string, hostsFile: string): Promise<LookupAddress[]> {
  const text = await readFile(hostsFile, 'utf8').catch(() => '');
  const wanted = name.toLowerCase();
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    const isWanted = names.some((own) => own.toLowerCase() === wanted);
    return family !== 0 && isWanted ? [{ address, family }] : [];
  });
}
