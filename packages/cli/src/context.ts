import type { Readable, Writable } from 'node:stream';
import type { Client } from '@greenroom/contract';
import type { Login } from './login-file.ts';
import type { Output } from './output.ts';

/** What the process gives the command line. */
export interface CliStreams {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly stdin: Readable & { readonly isTTY?: boolean };
}

/** What every command has at hand. */
export interface CliContext extends CliStreams {
  /** Where it prints. */
  readonly output: Output;
  /** The environment, with what options such as `--data` set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * The API of the server that the environment, the data folder or the kept login names.
   *
   * @throws {CommandError} Saying what to do when there is none.
   */
  connectToServer(): Promise<Client>;
  /**
   * Where that server is, and the key that opens it: for what the API’s client does not do.
   *
   * @throws {CommandError} Saying what to do when there is none.
   */
  findServer(): Promise<Login>;
  /**
   * From here on SIGTERM, SIGINT and the end of the process that started this one abort the signal; a second
   * SIGTERM or SIGINT ends the process at once. Without a call, signals end the process as they always do.
   */
  stopSignal(): AbortSignal;
}
