import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { z } from 'zod';
import { BackupError, fileUnusable } from './backup-error.ts';
import { END_OF_ROWS, FORMAT, FORMAT_VERSION, Header, Manifest, SectionStart } from './format.ts';

/** Longest line that is taken for one of ours, in bytes: a file of something else may have no line ends. */
const LINE_LIMIT = 256 * 2 ** 20;

/** Reads a backup from its beginning to its end, in parts, and holds no table. */
export class BackupReader implements AsyncDisposable {
  readonly #file: string;
  readonly #source: AsyncIterator<Buffer>;
  readonly #close: () => void;
  #rest: Buffer = Buffer.alloc(0);
  #hasEnded = false;

  constructor(file: string) {
    this.#file = file;
    const bytes = createReadStream(file);
    const lines = createGunzip();
    // pipe() forwards no errors, and what reads the one must hear of the other.
    bytes.on('error', (error) => lines.destroy(error));
    bytes.pipe(lines);
    this.#source = lines[Symbol.asyncIterator]();
    this.#close = () => {
      bytes.destroy();
      lines.destroy();
    };
  }

  /** Reads the header, and gives it with its SHA-256. */
  async readHeader(): Promise<{ readonly header: Header; readonly sha256: string }> {
    const text = await this.#readLine().catch((error: unknown) => {
      throw isDamage(error) ? this.#notABackup(error) : error;
    });
    const value = parseJson(text);
    const found = typeof value === 'object' && value !== null && 'format' in value;
    if (!found || value.format !== FORMAT) throw this.#notABackup();
    if ('version' in value && Number(value.version) > FORMAT_VERSION) throw this.#newer();
    const header = this.#check(Header, value);
    const sha256 = createHash('sha256').update(text).update('\n').digest('hex');
    return { header, sha256 };
  }

  /** Goes to the rows of the table that comes next, which must be this one. */
  async enterTable(name: string): Promise<void> {
    const { table } = this.#check(SectionStart, parseJson(await this.#readLine()));
    if (table !== name) throw this.#damaged();
  }

  /** The rows of the table that was entered, in whole lines. */
  async *readRows(): AsyncGenerator<Buffer> {
    const end = Buffer.from(`${END_OF_ROWS}\n`);
    for (;;) {
      const lines = await this.#readLines();
      const at = findLine(lines, end);
      if (at === undefined) {
        yield lines;
        continue;
      }
      this.#rest = Buffer.concat([lines.subarray(at + end.length), this.#rest]);
      if (at > 0) yield lines.subarray(0, at);
      return;
    }
  }

  /** Reads the manifest, with which the file ends. */
  async readManifest(): Promise<z.infer<typeof Manifest>['manifest']> {
    const { manifest } = this.#check(Manifest, parseJson(await this.#readLine()));
    await this.#fill();
    if (!this.#hasEnded || this.#rest.length > 0) throw this.#damaged();
    return manifest;
  }

  /** Closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  /** One line, without its end. */
  async #readLine(): Promise<string> {
    const lines = await this.#readLines();
    const at = lines.indexOf('\n');
    this.#rest = Buffer.concat([lines.subarray(at + 1), this.#rest]);
    return lines.subarray(0, at).toString();
  }

  /** As many whole lines as are there, one at least. */
  async #readLines(): Promise<Buffer> {
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const at = this.#rest.lastIndexOf('\n');
      if (at !== -1) {
        parts.push(this.#rest.subarray(0, at + 1));
        this.#rest = this.#rest.subarray(at + 1);
        return Buffer.concat(parts);
      }
      parts.push(this.#rest);
      size += this.#rest.length;
      this.#rest = Buffer.alloc(0);
      await this.#fill();
      if (this.#hasEnded || size > LINE_LIMIT) throw this.#damaged();
    }
  }

  /** Takes the next part of the file, once what was read is used up. */
  async #fill(): Promise<void> {
    try {
      const next = await this.#source.next();
      this.#hasEnded = next.done === true;
      if (next.done !== true) this.#rest = Buffer.concat([this.#rest, next.value]);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        throw new BackupError('not_a_backup', `There is no file ${this.#file}.`, { cause: error });
      }
      throw isDamage(error) ? this.#damaged(error) : fileUnusable(this.#file, 'read', error);
    }
  }

  #check<T>(schema: z.ZodType<T>, value: unknown): T {
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw this.#damaged(parsed.error);
    return parsed.data;
  }

  #damaged(cause?: unknown): BackupError {
    return damaged(this.#file, cause);
  }

  #notABackup(cause?: unknown): BackupError {
    const words = `${this.#file} is no backup of Greenroom. Name a file that \`greenroom backup\` wrote.`;
    return new BackupError('not_a_backup', words, { cause });
  }

  #newer(): BackupError {
    const words = `${this.#file} was written by a newer version of Greenroom. Restore it with that version.`;
    return new BackupError('newer', words);
  }
}

/** The file is not what was written. */
export function damaged(file: string, cause?: unknown): BackupError {
  const words = `${file} is damaged: it was cut short or changed since it was written. Nothing was restored. Take another copy of it, or another backup.`;
  return new BackupError('damaged', words, { cause });
}

/** Where a line begins that is this one, in text that begins with a line. */
function findLine(lines: Buffer, line: Buffer): number | undefined {
  if (lines.subarray(0, line.length).equals(line)) return 0;
  const at = lines.indexOf(`\n${line.toString()}`);
  return at === -1 ? undefined : at + 1;
}

/** Errors of zlib, and our own about lines that make no sense. */
function isDamage(error: unknown): boolean {
  if (error instanceof BackupError) return error.code === 'damaged';
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
