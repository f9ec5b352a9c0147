import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Layout, layoutOf, OWNER } from './layout.ts';
import { type Runner, runProgram } from './programs.ts';
import { giveTo } from './server-user.ts';
import { startFailure } from './start-failure.ts';

/**
 * Makes a database cluster with a database of our own and its owner, who is no superuser: the same as on a server
 * that somebody else runs.
 *
 * All of it is made under another name and takes its place at the end, so that a start that was cut short leaves nothing half.
 *
 * @param isDurable - Whether what was made has to survive a power cut.
 */
export async function createCluster(
  runner: Runner,
  layout: Layout,
  isDurable: boolean,
): Promise<void> {
  await removeDrafts(layout);
  const draft = layoutOf(`${draftsOf(layout)}${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(draft.run, { recursive: true, mode: 0o700 });
    const password = randomBytes(32).toString('base64url');
    await giveTo(runner.user, draft.root);
    await initialize(runner, draft);
    await addOwner(runner, draft, password);
    await writeFile(join(draft.cluster, 'pg_hba.conf'), HOST_ACCESS, { flush: isDurable });
    await writeFile(draft.password, `${password}\n`, { mode: 0o600, flush: isDurable });
    if (isDurable) await syncCluster(runner, draft);
    await rename(draft.root, layout.root);
    if (isDurable) await syncFolder(layout.root);
    if (isDurable) await syncFolder(dirname(layout.root));
  } finally {
    await removeDrafts(layout);
  }
}

/**
 * Removes what was begun and not ended. Programs of a start that was killed may still write there for a moment: what cannot
 * be removed now is so at the next start, and each start has a draft of another name.
 */
async function removeDrafts(layout: Layout): Promise<void> {
  const folder = dirname(layout.root);
  const names = (await readdir(folder)).filter((name) =>
    join(folder, name).startsWith(draftsOf(layout)),
  );
  for (const name of names) {
    const how = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
    await rm(join(folder, name), how).catch(() => undefined);
  }
}

function draftsOf(layout: Layout): string {
  return `${layout.root}.new-`;
}

/** Nobody but the owner comes in, with the password; the superuser never does. */
const HOST_ACCESS = `# Written by Greenroom.
local all ${OWNER} scram-sha-256
host  all ${OWNER} 127.0.0.1/32 scram-sha-256
`;

async function initialize(runner: Runner, draft: Layout): Promise<void> {
  const { code, output } = await runProgram(runner, {
    program: 'initdb',
    folder: draft.root,
    args: (folder) => [
      ...['--pgdata', join(folder, 'cluster'), '--username', 'postgres', '--auth', 'reject'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--data-checksums', '--no-instructions'],
      ...(runner.binaries.major >= 17
        ? ['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8']
        : []),
      // Once for all that is made, when it is made.
      '--no-sync',
    ],
  });
  if (code !== 0) throw startFailure(dirname(draft.root), output);
}

/** Brings every file of the cluster to the disk. */
async function syncCluster(runner: Runner, draft: Layout): Promise<void> {
  const { code, output } = await runProgram(runner, {
    program: 'initdb',
    folder: draft.root,
    args: (folder) => ['--sync-only', '--pgdata', join(folder, 'cluster')],
  });
  if (code !== 0) throw startFailure(dirname(draft.root), output);
}

/** By the server's single-user mode, before anybody can connect. */
async function addOwner(runner: Runner, draft: Layout, password: string): Promise<void> {
  const { code, output } = await runProgram(runner, {
    program: 'postgres',
    folder: draft.root,
    args: (folder) => [
      ...['--single', '-D', join(folder, 'cluster'), '-c', 'exit_on_error=on', '-c', 'fsync=off'],
      'template1',
    ],
    input: [
      `create role ${OWNER} login createdb createrole password '${password}';`,
      // The one that initdb made: a copy of it would be made for nothing.
      `alter database postgres rename to ${OWNER};`,
      `alter database ${OWNER} owner to ${OWNER};`,
      '',
    ].join('\n'),
  });
  if (code !== 0) throw startFailure(dirname(draft.root), output.replaceAll(password, '[secret]'));
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(path, 'r');
  await folder.sync();
}
