import { writeFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.ts';
import { EmulatorControl } from './control/client.ts';
import { hostnameOf } from './control/foreign-pages.ts';
import { given } from './control/given.ts';
import type { Emulator } from './emulator.ts';
import { applySettings, createEmulator } from './emulator.ts';
import { closeServer } from './net/close-server.ts';
import { injectingFetch } from './net/injecting-fetch.ts';
import type { ThrowAwayTls } from './net/tls.ts';
import { checkSeed, readSeedFile } from './seed/read-seed.ts';
import { plant } from './seed/seed.ts';
import type { SeedInput } from './seed/seed-schema.ts';
import { registerCoreSections } from './snapshot/core-sections.ts';
import { clearState } from './snapshot/snapshot.ts';
import type { Dialect, Settings } from './state/settings.ts';
import { SettingsSchema, toSettings } from './state/settings.ts';

/** How an emulator is started. */
export interface StartEmulatorOptions {
  /** TCP port; 0, the default, takes a free one. */
  readonly port?: number;
  /** Address to listen on; default `127.0.0.1`. */
  readonly host?: string;
  /** How strictly it keeps to TikTok's documents; default `strict`. */
  readonly dialect?: Dialect;
  /** Further settings, as `PATCH /_emulator/settings` takes them; they win over the seed's. */
  readonly settings?: Partial<Settings>;
  /** Apps, creators, videos, settings and faults to start with: an object, or the path of a YAML file. */
  readonly seed?: SeedInput | string;
  /** Speaks TLS with a certificate of a throw-away authority; default false. */
  readonly tls?: boolean;
  /** Base URL that clients reach it by, when that is another than where it listens, as in a container. */
  readonly publicUrl?: string;
  /** Draws from [0, 1) for faults with a `probability`; default `Math.random`. */
  readonly random?: () => number;
  /** Told of errors inside the emulator that no request could be answered with. */
  readonly onError?: (error: unknown) => void;
}

/** An emulator that listens. */
export interface RunningEmulator {
  /** Base URL of TikTok's API, without a trailing slash: `http://127.0.0.1:4010`. */
  readonly url: string;
  /** TCP port that it listens on. */
  readonly port: number;
  /** Certificate of the throw-away authority in PEM, when it speaks TLS. */
  readonly caCertificate?: string;
  /** A file with that certificate, as `NODE_EXTRA_CA_CERTS` and `curl --cacert` take it. */
  readonly caCertificatePath?: string;
  /** The control API, bound to this emulator. */
  readonly control: EmulatorControl;
  /** Lets requests in flight end, frees the port and removes all files. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An emulator could not be started; `message` says why. */
export class EmulatorStartError extends Error {
  override readonly name = 'EmulatorStartError';
  /** `port_in_use`, `not_permitted`, `bad_address` or `bad_settings`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Starts a TikTok on this machine.
 *
 * @throws {EmulatorStartError} If it cannot listen where it should, or a setting makes no sense.
 * @throws {SeedError} If the seed cannot be read; the message names file, line and field.
 * @example
 * ```ts
 * import { startEmulator } from '@greenroom/emulator';
 *
 * await using tiktok = await startEmulator({ settings: { processing_seconds: 0 } });
 * const token = await tiktok.control.createToken({
 *   client_key: 'audited',
 *   username: 'public_creator',
 * });
 * const response = await fetch(`${tiktok.url}/v2/post/publish/creator_info/query/`, {
 *   method: 'POST',
 *   headers: { authorization: `Bearer ${token.access_token}` },
 * });
 * console.log(response.status); // 200
 * ```
 */
export async function startEmulator(options: StartEmulatorOptions = {}): Promise<RunningEmulator> {
  const { host = '127.0.0.1', port = 0 } = options;
  const seed = await readSeed(options.seed);
  const first = firstSettings(options, seed);
  const tls = options.tls === true ? await createTls(host) : undefined;
  const abort = new AbortController();
  const emulator = createEmulator({ ...options, settings: first, closed: abort.signal });
  registerCoreSections(emulator);
  const reset = async (): Promise<void> => {
    await clearState(emulator);
    applySettings(emulator, first);
    plant(emulator, seed);
  };
  const addresses = [`http://${toReachable(host)}`, options.publicUrl ?? ''];
  const ownNames = addresses.flatMap((address) => hostnameOf(address) ?? []);
  const app = createApp(emulator, { tls, reset, caCertificate: tls?.ca, ownNames });
  const close = onlyOnce(() => closeEmulator(emulator, app, abort));
  try {
    plant(emulator, seed);
    const listening = await listen(app, host, port, tls === undefined ? 'http' : 'https');
    emulator.baseUrl = options.publicUrl?.replace(/\/+$/, '') ?? listening.url;
    const caFields = tls === undefined ? {} : await writeCa(emulator, tls);
    const control = new EmulatorControl(
      listening.url,
      tls === undefined ? {} : { fetch: injectingFetch(app) },
    );
    return { ...listening, ...caFields, control, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readSeed(seed: StartEmulatorOptions['seed']): Promise<SeedInput> {
  if (seed === undefined) return {};
  return typeof seed === 'string' ? readSeedFile(seed) : checkSeed(seed);
}

/** What `POST reset` goes back to: the defaults, then the seed's, then those of the start. */
function firstSettings(options: StartEmulatorOptions, seed: SeedInput): Settings {
  const { dialect, settings } = options;
  const asked = { ...(dialect === undefined ? {} : { dialect }), ...settings };
  const parsed = SettingsSchema.partial().safeParse(asked);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') ?? '';
    throw new EmulatorStartError('bad_settings', `settings ${field}: ${issue?.message ?? ''}`);
  }
  return toSettings({ ...given(seed.settings ?? {}), ...given(parsed.data) });
}

async function createTls(host: string): Promise<ThrowAwayTls> {
  const { createThrowAwayTls } = await import('./net/tls.ts');
  return createThrowAwayTls(host);
}

async function writeCa(
  emulator: Emulator,
  tls: ThrowAwayTls,
): Promise<{ caCertificate: string; caCertificatePath: string }> {
  const caCertificatePath = emulator.files.newPath('-ca.pem');
  await writeFile(caCertificatePath, tls.ca);
  return { caCertificate: tls.ca, caCertificatePath };
}

async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  scheme: 'http' | 'https',
): Promise<{ url: string; port: number }> {
  try {
    await app.listen({ port, host });
  } catch (error) {
    throw toStartError(error, host, port);
  }
  const address = app.server.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  return { url: `${scheme}://${toReachable(host)}:${listening}`, port: listening };
}

function toReachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function toStartError(error: unknown, host: string, port: number): EmulatorStartError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const cause = { cause: error };
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} of ${host} is in use; choose another one, or 0 for any free one.`;
    return new EmulatorStartError('port_in_use', message, cause);
  }
  if (code === 'EACCES') {
    return new EmulatorStartError('not_permitted', `Port ${port} may not be listened on.`, cause);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new EmulatorStartError(
    'bad_address',
    `Cannot listen on ${host}:${port}: ${reason}`,
    cause,
  );
}

function onlyOnce(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

async function closeEmulator(
  emulator: Emulator,
  app: FastifyInstance,
  abort: AbortController,
): Promise<void> {
  emulator.clock.close();
  await closeServer(app, () => abort.abort());
  for (const tidy of emulator.closing.toReversed()) await tidy();
  await emulator.work.settled();
  await emulator.files.close();
}
