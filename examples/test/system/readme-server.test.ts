import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCodeFences } from '../support/code-fences.ts';

const root = join(import.meta.dirname, '../../..');
const [start, look, publish] = readCodeFences(join(root, 'README.md'))
  .map(({ code }) => code)
  .filter((code) => code.includes('npx greenroom '));

test('the server of the README starts, connects an account, finds nothing wrong and publishes a video', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-readme-'));
  const port = await freePort();
  // The one who consents: what `greenroom connect` opens as the browser.
  await writeFile(
    join(folder, 'xdg-open'),
    `#!/bin/bash
answer=$(curl -sS --fail-with-body http://127.0.0.1:${port}/_emulator/consents \\
  --json "{\\"authorize_url\\":\\"$1\\",\\"username\\":\\"public_creator\\",\\"decision\\":\\"allow\\"}")
curl -sS "$(node -p 'JSON.parse(process.argv[1]).redirect_url' "$answer")" >/dev/null
`,
  );
  await writeFile(
    join(folder, 'npx'),
    `#!/bin/bash
shift
exec node ${join(root, 'packages/cli/bin/greenroom.js')} "$@"
`,
  );
  await Promise.all(['xdg-open', 'npx'].map((name) => chmod(join(folder, name), 0o755)));
  await copyFile(join(root, 'examples/demo/media/greenroom-demo.mp4'), join(folder, 'video.mp4'));
  const script = `
trap 'kill $(jobs -p); wait' EXIT
export GREENROOM_PORT=0
${start?.replaceAll('4010', String(port))}
until npx greenroom accounts list >/dev/null 2>&1; do sleep 0.2; done
${look}
${publish}`;
  const { code, output } = await bash(script, folder);
  await rm(folder, { recursive: true, force: true });
  expect(output).toContain('/setup#');
  expect(output).toContain('@public_creator  connected  well');
  expect(output).toContain('✓ credentials');
  expect(output).not.toContain('✗');
  expect(output).toContain('published');
  expect(code).toBe(0);
});

async function bash(script: string, cwd: string): Promise<{ code: unknown; output: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn('bash', ['-euc', script], {
    cwd,
    env: { ...env, PATH: `${cwd}:${env['PATH']}`, DISPLAY: ':none', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      output += part.toString();
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
