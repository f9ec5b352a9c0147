import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestWorkspace, World } from './world.ts';

const cli = fileURLToPath(new URL('../../../../cli/src/main.ts', import.meta.url));

/** How a command ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `greenroom` in a process of its own. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandEnd>;
  /** The address of the consent page, once it was printed. */
  readonly consentPage: Promise<string>;
}

/** Runs `greenroom` against the world's server, with nothing of ours in its environment. */
export function runGreenroom(
  world: World,
  workspace: TestWorkspace,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningCommand {
  const child = spawn(process.execPath, ['--conditions=@greenroom/source', cli, ...args], {
    env: {
      HOME: '/nonexistent',
      PATH: process.env['PATH'] ?? '',
      GREENROOM_URL: world.url,
      GREENROOM_API_KEY: workspace.apiKey,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const ended = new Promise<CommandEnd>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const consentPage = new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const address = /^(https?:\/\/\S+)\n/m.exec(stderr)?.[1];
      if (address !== undefined) resolve(address);
    });
    void ended.then(() => reject(new Error(`It printed no address: ${stderr}`)));
  });
  consentPage.catch(() => undefined);
  return { child, ended, consentPage };
}

/** Does what the creator and the browser do: decides the consent page and goes where TikTok sends it. */
export async function followConsent(
  world: World,
  address: string,
  decision: { readonly username: string; readonly decision: 'allow' | 'deny' },
): Promise<Response> {
  const { redirect_url } = await world.tiktok.control.decideConsent({
    authorize_url: address,
    ...decision,
  });
  return fetch(redirect_url);
}
