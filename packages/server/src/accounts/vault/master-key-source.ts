import { join } from 'node:path';
import type { Secret } from '../secret.ts';
import { runKeyCommand } from './key-command.ts';
import { createKeyFile, readKeyFile, replaceKeyFile } from './key-file.ts';
import { formatMasterKeys, type MasterKeys, makeMasterKey, parseMasterKeys } from './master-key.ts';

/** Where an installation's master key comes from. */
export interface MasterKeySource {
  /** The place in words, such as `the file /srv/greenroom/master.key`; holds no secret. */
  readonly place: string;
  /**
   * Reads the keys now: first the one to use, then those that only open.
   *
   * @throws {VaultError} If there is none, or it cannot be read or used.
   */
  read(): Promise<MasterKeys>;
  /**
   * Makes the first master key of a new installation, on the embedded default only. Never replaces
   * one that is there, and gives that one then.
   */
  readonly make?: () => Promise<MasterKeys>;
  /** The file that holds the keys, if it is one. Elsewhere the operator changes the keys. */
  readonly file?: MasterKeyFile;
}

/** A file of master keys, which a rotation rewrites. */
interface MasterKeyFile {
  /** Its path. */
  readonly path: string;
  /** Reads the keys of the file alone, without those of `…_PREVIOUS`. */
  read(): Promise<MasterKeys>;
  /** Replaces them at once; a crash cannot halve it. */
  replace(keys: MasterKeys): Promise<void>;
}

/** The part of the configuration that says where the master key is. Each of the two may have one of three forms. */
export interface MasterKeySettings {
  /** `GREENROOM_MASTER_KEY`. */
  readonly masterKey?: Secret | undefined;
  /** `GREENROOM_MASTER_KEY_FILE`. */
  readonly masterKeyFile?: string | undefined;
  /** `GREENROOM_MASTER_KEY_COMMAND`. */
  readonly masterKeyCommand?: string | undefined;
  /** `GREENROOM_MASTER_KEY_PREVIOUS`: opens what is not yet wrapped by the present key. */
  readonly masterKeyPrevious?: Secret | undefined;
  /** `GREENROOM_MASTER_KEY_FILE_PREVIOUS`. */
  readonly masterKeyFilePrevious?: string | undefined;
  /** `GREENROOM_MASTER_KEY_COMMAND_PREVIOUS`. */
  readonly masterKeyCommandPrevious?: string | undefined;
  /** `DATABASE_URL`; without it the database is embedded. What it holds does not matter here. */
  readonly databaseUrl?: unknown;
  /** `GREENROOM_DATA`: its `master.key` is the place where nothing else is configured. */
  readonly dataFolder: string;
}

/** The master key's place as the configuration says. Reads nothing yet. */
export function masterKeySource(settings: MasterKeySettings): MasterKeySource {
  const previous = findPrevious(settings);
  const { masterKey, masterKeyCommand } = settings;
  if (masterKey !== undefined) {
    return withPrevious(fromText('GREENROOM_MASTER_KEY', masterKey), previous);
  }
  if (masterKeyCommand !== undefined) {
    return withPrevious(fromCommand('GREENROOM_MASTER_KEY_COMMAND', masterKeyCommand), previous);
  }
  return withPrevious(fromFile(settings), previous);
}

/** Whether a text holds one master key or several, as `GREENROOM_MASTER_KEY` does. */
export function holdsMasterKeys(text: string): boolean {
  try {
    parseMasterKeys(text, 'It');
    return true;
  } catch {
    return false;
  }
}

function findPrevious(settings: MasterKeySettings): MasterKeySource | undefined {
  const { masterKeyPrevious, masterKeyFilePrevious, masterKeyCommandPrevious } = settings;
  if (masterKeyPrevious !== undefined) {
    return fromText('GREENROOM_MASTER_KEY_PREVIOUS', masterKeyPrevious);
  }
  if (masterKeyCommandPrevious !== undefined) {
    return fromCommand('GREENROOM_MASTER_KEY_COMMAND_PREVIOUS', masterKeyCommandPrevious);
  }
  return masterKeyFilePrevious === undefined ? undefined : readingFile(masterKeyFilePrevious);
}

function fromText(name: string, text: Secret): MasterKeySource {
  return { place: name, read: async () => parseMasterKeys(text.reveal(), name) };
}

function fromCommand(name: string, command: string): MasterKeySource {
  const place = `the command of ${name}`;
  return { place, read: async () => parseMasterKeys(await runKeyCommand(name, command), place) };
}

function fromFile({ masterKeyFile, databaseUrl, dataFolder }: MasterKeySettings): MasterKeySource {
  const path = masterKeyFile ?? join(dataFolder, 'master.key');
  const { place, read } = readingFile(path);
  const replace = (keys: MasterKeys) => replaceKeyFile(path, formatMasterKeys(keys));
  const source = { place, read, file: { path, read, replace } };
  // Where several machines share a database, one that makes a key of its own would seal what the others cannot open.
  const mayMake = masterKeyFile === undefined && databaseUrl === undefined;
  if (!mayMake) return source;
  return {
    ...source,
    make: async () => {
      await createKeyFile(path, formatMasterKeys([makeMasterKey()]));
      return read();
    },
  };
}

function readingFile(path: string): MasterKeySource {
  const place = `the file ${path}`;
  return { place, read: async () => parseMasterKeys(await readKeyFile(path), place) };
}

function withPrevious(
  source: MasterKeySource,
  previous: MasterKeySource | undefined,
): MasterKeySource {
  if (previous === undefined) return source;
  const append = async (keys: MasterKeys): Promise<MasterKeys> => [
    ...keys,
    ...(await previous.read()),
  ];
  const { make } = source;
  return {
    ...source,
    read: async () => append(await source.read()),
    ...(make && { make: async () => append(await make()) }),
  };
}
