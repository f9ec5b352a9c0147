import { type Config, localUrl } from '../config/config.ts';
import { holdPort } from '../runtime/hold-port.ts';
import { isLoopbackName } from '../runtime/loopback.ts';
import { readServerFile } from '../runtime/read-server-file.ts';
import { type Finding, failed, failedBy, ok, warning } from './finding.ts';

/** A Greenroom server that answers on this machine. */
export interface FoundServer {
  /** Where it listens. */
  readonly url: string;
  /** What it says of itself. */
  readonly answer: ReadyAnswer;
}

/** Looks for the server of this installation: where its data folder says, else where it would listen. */
export async function findServer(
  config: Config,
  onUnreadable: (file: string) => void,
): Promise<FoundServer | undefined> {
  const { dataFolder, host, port } = config;
  const url = (await readServerFile(dataFolder, onUnreadable)) ?? localUrl(host, port);
  const answer = await ask(`${url}/readyz`);
  return answer === undefined ? undefined : { url, answer };
}

/** Whether a server runs here and is ready, or the port is free for one. */
export async function checkServer(
  config: Config,
  found: FoundServer | undefined,
): Promise<Finding> {
  if (found === undefined) return checkPort(config);
  const { answer, url } = found;
  if (answer.status === 200) return ok('server', `Greenroom runs at ${url} and is ready.`);
  const failing = answer.checks.filter((one) => !one.ok);
  if (answer.status !== 503 || failing.length === 0) return checkPort(config);
  return failed(
    'server',
    `Greenroom runs at ${url} and is not ready: ${failing.map(toFailure).join(', ')}.`,
    'The findings about these parts say what to do; the log of the server says more.',
  );
}

/** Whether browsers and TikTok can use the public URL. */
export function checkPublicUrl({ publicUrl }: Config): Finding {
  const { hostname, protocol } = new URL(publicUrl);
  if (protocol === 'https:') return ok('public_url', `${publicUrl} is reached by https.`);
  if (isLoopbackName(hostname)) {
    return ok(
      'public_url',
      `${publicUrl} is for browsers on this machine; accounts are connected by TikTok's desktop flow.`,
    );
  }
  return warning(
    'public_url',
    `${publicUrl} is reached by plain http: passwords travel in the open, and TikTok redirects to https only.`,
    'Put a proxy with a certificate before Greenroom, and set GREENROOM_PUBLIC_URL to its https address.',
  );
}

/** It says why only to who may read its metrics. */
function toFailure({ check, words }: ReadyAnswer['checks'][number]): string {
  return words === undefined ? check : `${check} (${words})`;
}

async function checkPort({ host, port }: Config): Promise<Finding> {
  try {
    await (await holdPort(host, port)).release();
    return ok('server', `No server runs here; ${host}:${port} is free for one.`);
  } catch (error) {
    return failedBy('server', error);
  }
}

interface ReadyAnswer {
  readonly status: number;
  readonly checks: readonly {
    readonly check: string;
    readonly ok: boolean;
    readonly words?: string;
  }[];
}

/** What a Greenroom server says of itself; undefined when something else answers, or nothing. */
async function ask(url: string): Promise<ReadyAnswer | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: 'manual' });
    const body: unknown = await answer.json();
    const isOurs = typeof body === 'object' && body !== null && 'checks' in body;
    // `/readyz` of our own server.
    return isOurs
      ? { status: answer.status, checks: (body as Pick<ReadyAnswer, 'checks'>).checks }
      : undefined;
  } catch {
    return undefined;
  }
}
