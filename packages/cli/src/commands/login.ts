import type { Client } from '@greenroom/contract';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { toBaseUrl } from '../find-server.ts';
import { loginFile, removeLogin, saveLogin } from '../login-file.ts';

interface LoginOptions {
  readonly forget?: boolean;
}

/** `greenroom login`: keeps the address of a server and the key that opens it. */
export function registerLogin(program: Command, context: CliContext): void {
  program
    .command('login [url]')
    .description('keep the address of a server and an API key for it, readable by you alone')
    .option('--forget', 'forget what was kept')
    .addHelpText(
      'after',
      '\nThe API key is asked for without being shown. A script hands it over on stdin:\n  echo "$KEY" | greenroom login https://greenroom.example.com\nMake a key with "greenroom api-keys create" where the server runs.',
    )
    .action((url: string | undefined, options: LoginOptions) => login(context, url, options));
}

async function login(
  context: CliContext,
  url: string | undefined,
  { forget }: LoginOptions,
): Promise<void> {
  const { env, output } = context;
  if (forget === true) {
    if (url !== undefined) throw new UsageError('--forget takes no address.');
    await removeLogin(env);
    output.print({ url: null }, () => 'Nothing is kept any more.');
    return;
  }
  const address = toBaseUrl(url ?? (await askForAddress(context)));
  const apiKey = await readKey(context);
  const workspace = await check(address, apiKey);
  await saveLogin(env, { url: address, apiKey });
  output.print({ url: address, workspace }, () => {
    const place = workspace === null ? '' : `, workspace ${JSON.stringify(workspace.name)}`;
    return `Signed in to ${address}${place}. Kept in ${loginFile(env)}.`;
  });
}

async function askForAddress(context: CliContext): Promise<string> {
  if (context.stdin.isTTY !== true) throw new UsageError('Which server? greenroom login <url>');
  const { text } = await import('@clack/prompts');
  return answered(
    await text({
      message: 'Address of the server',
      placeholder: 'https://greenroom.example.com',
      input: context.stdin,
      output: context.stderr,
    }),
  );
}

/** From stdin, or typed without being shown. Never an argument: those are seen by everybody on the machine. */
async function readKey(context: CliContext): Promise<string> {
  const key = context.stdin.isTTY === true ? await askForKey(context) : await readAll(context);
  const trimmed = key.trim();
  if (/^grk_[\w-]{43}$/.test(trimmed)) return trimmed;
  throw new CommandError(
    trimmed === '' ? 'There is no API key on stdin.' : 'This is no API key of Greenroom’s.',
    {
      remedy:
        'A key begins with grk_ and has 47 characters; "greenroom api-keys create" makes one.',
    },
  );
}

async function askForKey(context: CliContext): Promise<string> {
  const { password } = await import('@clack/prompts');
  const { stdin: input, stderr: output } = context;
  return answered(await password({ message: 'API key', input, output }));
}

function answered(answer: string | symbol): string {
  if (typeof answer === 'string') return answer;
  throw new CommandError('Nothing was changed.');
}

async function readAll({ stdin }: CliContext): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > 10_000) throw new UsageError('There is more than a key on stdin.');
  }
  return text;
}

/** Shows the key to the server. A key that may not read the workspace is a good key, too. */
async function check(
  baseUrl: string,
  apiKey: string,
): Promise<Awaited<ReturnType<Client['getWorkspace']>> | null> {
  const { createClient, GreenroomError } = await import('@greenroom/contract');
  try {
    return await createClient({ baseUrl, apiKey }).getWorkspace();
  } catch (error) {
    if (error instanceof GreenroomError && error.code === 'forbidden') return null;
    throw error;
  }
}
