import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Stage } from './account-flows.ts';
import { greenroom, greenroomDone, PROGRAM } from './greenroom.ts';

/** Connects an account by the command line, looks after it and takes it away. Returns its id. */
export async function runCliFlow(
  stage: Stage,
  env: Record<string, string>,
  username: string,
): Promise<string> {
  const { evidence } = stage;
  const id = await connectByCommand(stage, env, username);
  for (const args of [['list'], ['show', id], ['refresh', id]]) {
    await greenroomDone(['accounts', ...args], env, evidence);
    await greenroomDone(['accounts', ...args, '--json'], env, evidence);
  }
  await greenroomDone(['openapi'], env, evidence);
  // The doctor may well find faults in an installation like this one.
  await greenroom(['doctor'], env, evidence);
  await greenroom(['doctor', '--json', '--debug'], env, evidence);
  stage.wire.misbehave('json');
  await greenroom(['accounts', 'refresh', id, '--debug'], env, evidence);
  stage.wire.misbehave(undefined);
  return id;
}

/** `greenroom connect`, with a creator who opens the address that it prints. */
async function connectByCommand(
  stage: Stage,
  env: Record<string, string>,
  username: string,
): Promise<string> {
  const { evidence, tiktok } = stage;
  const args = ['connect', '--no-browser', '--json', '--timeout', '1', '--app', stage.appId];
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const address = new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const [url] = /^http\S+$/mu.exec(stderr) ?? [];
      if (url !== undefined) resolve(url);
    });
    child.on('close', () => reject(new Error(`greenroom connect ended early: ${stderr}`)));
  });
  const closed = once(child, 'close');
  const { redirect_url } = await tiktok.control.decideConsent({
    authorize_url: await address,
    username,
    decision: 'allow',
  });
  for (const [name, kind] of [
    ['code', 'authorization code'],
    ['state', 'state'],
  ] as const) {
    evidence.addSecret(kind, new URL(redirect_url).searchParams.get(name) ?? '');
  }
  const page = await fetch(redirect_url, { redirect: 'manual' });
  evidence.add('answers', 'the page of greenroom connect', await page.text());
  const [code] = await closed;
  evidence.add('logs', 'stdout of greenroom connect', stdout);
  evidence.add('logs', 'stderr of greenroom connect', stderr);
  if (code !== 0) throw new Error(`greenroom connect ended with ${String(code)}: ${stderr}`);
  // It prints the account of the contract.
  return (JSON.parse(stdout) as { id: string }).id;
}
