import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PreviousUpload, UrlStorage } from 'tus-js-client';

/** Longer than a server keeps an upload that nobody goes on with. */
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Remembers unfinished uploads between runs, one small file each: its address, which opens nothing without an API key.
 * The name is a digest of what is uploaded (path, size, time of change) and where to.
 */
export class KeptUploads implements UrlStorage {
  readonly #folder: string;
  #removed: Promise<void> = Promise.resolve();

  /** @param folder - Made when there is something to remember. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async findAllUploads(): Promise<PreviousUpload[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return (await Promise.all(names.map((name) => this.#read(name)))).flat();
  }

  async findUploadsByFingerprint(fingerprint: string): Promise<PreviousUpload[]> {
    return this.#read(nameOf(fingerprint));
  }

  removeUpload(urlStorageKey: string): Promise<void> {
    this.#removed = rm(join(this.#folder, urlStorageKey), { force: true });
    return this.#removed;
  }

  /**
   * Resolves when what is done with is forgotten: who uploads by tus-js-client is told before it. A record that cannot be
   * removed makes no upload fail that is at the server.
   */
  settled(): Promise<void> {
    return this.#removed.catch(() => undefined);
  }

  async addUpload(fingerprint: string, upload: PreviousUpload): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#forgetOld();
    const name = nameOf(fingerprint);
    const draft = join(this.#folder, `${name}.${randomUUID()}.tmp`);
    await writeFile(draft, JSON.stringify(upload), { mode: 0o600 });
    await rename(draft, join(this.#folder, name));
    return name;
  }

  /** What cannot be read is as good as not there: the upload begins anew. */
  async #read(name: string): Promise<PreviousUpload[]> {
    try {
      const text = await readFile(join(this.#folder, name), 'utf8');
      // Written by addUpload, for this library.
      const upload = JSON.parse(text) as PreviousUpload;
      return isYoung(upload) ? [{ ...upload, urlStorageKey: name }] : [];
    } catch {
      return [];
    }
  }

  async #forgetOld(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const [upload] = await this.#read(name);
      if (upload === undefined) await this.removeUpload(name);
    }
  }
}

function isYoung({ creationTime }: PreviousUpload): boolean {
  return Date.parse(creationTime) > Date.now() - KEPT_MS;
}

function nameOf(fingerprint: string): string {
  return `${createHash('sha256').update(fingerprint).digest('hex')}.json`;
}
