import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import { createEmulator } from './emulator.ts';
import { addDefaults } from './seeded.ts';
import type { Dialect, Settings } from './settings.ts';

/** How an emulator is started. */
export interface StartEmulatorOptions {
  /** TCP port; 0, the default, takes a free one. */
  readonly port?: number;
  /** Address to listen on; default `127.0.0.1`. */
  readonly host?: string;
  /** How strictly it keeps to TikTok's documents; default `strict`. */
  readonly dialect?: Dialect;
  /** Further settings, as `PATCH /_emulator/settings` takes them. */
  readonly settings?: Partial<Settings>;
}

/** An emulator that listens. */
export interface RunningEmulator {
  /** Where it listens, without a trailing slash: the base URL of TikTok's API. */
  readonly url: string;
  readonly port: number;
  /** Stops it, frees its port and removes its files. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a TikTok on this machine. */
export async function startEmulator(options: StartEmulatorOptions = {}): Promise<RunningEmulator> {
  const abort = new AbortController();
  const emulator = createEmulator({
    settings: { dialect: options.dialect ?? 'strict', ...options.settings },
    closed: abort.signal,
  });
  addDefaults(emulator.store);
  const app = createApp(emulator);
  const host = options.host ?? '127.0.0.1';
  await app.listen({ port: options.port ?? 0, host });
  // A listening TCP server has an address object, never a pipe's name.
  const { port } = app.server.address() as AddressInfo;
  emulator.baseUrl = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      abort.abort();
      emulator.clock.close();
      await app.close();
      for (const tidy of emulator.closing.toReversed()) await tidy();
      await emulator.work.settled();
      await emulator.files.close();
    })();
    return closing;
  };
  return { url: emulator.baseUrl, port, close, [Symbol.asyncDispose]: close };
}
