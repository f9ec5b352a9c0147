import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// It starts an engine of its own, on a machine that may be busy.
const patience = { timeout: 60_000 };

const proof = fileURLToPath(new URL('../../../../proof/tenants.ts', import.meta.url));

async function run(...args: string[]) {
  const child = spawn(
    process.execPath,
    ['--conditions=@greenroom/source', proof, '--quick', '--json', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const output: unknown = JSON.parse(await text(child.stdout));
  return { code: await exited, output };
}

test('row-level security alone keeps workspaces apart', patience, async () => {
  expect(await run()).toMatchObject({
    code: 0,
    output: { proof: 'tenants', runs: 1, leaks: 0, holds: true },
  });
});

test.each(['drop-policy', 'open-policy', 'trust-references'])(
  'and the proof turns red with the mutant %s',
  patience,
  async (mutant) => {
    const { code, output } = await run('--mutant', mutant);
    expect({ code, output }).toMatchObject({ code: 1, output: { holds: false } });
    expect(output).toMatchObject({
      leaks: mutant === 'drop-policy' ? 0 : expect.toSatisfy((n) => n > 0),
    });
  },
);
