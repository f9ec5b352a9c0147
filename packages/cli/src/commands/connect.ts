import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../context.ts';

interface ConnectOptions {
  readonly account?: string;
  readonly app?: string;
  readonly scopes?: readonly string[];
  readonly browser: boolean;
  readonly port: number;
  readonly timeout: number;
}

/** `greenroom connect`: connects a TikTok account from the command line. */
export function registerConnect(program: Command, context: CliContext): void {
  program
    .command('connect')
    .description('connect a TikTok account: opens the consent page and waits for the creator')
    .option('--account <account>', 'connect this account again (id or @handle)')
    .option('--app <id>', 'connect through this TikTok app')
    .option('--scopes <scopes>', 'ask for these scopes, separated by commas', toScopes)
    .option('--no-browser', 'print the address instead of opening it')
    .option('--port <port>', 'listen on this port of 127.0.0.1', toPort, 0)
    .option('--timeout <minutes>', 'wait this long for the creator', toMinutes, 15)
    .addHelpText(
      'after',
      '\nTikTok sends the browser back to http://127.0.0.1:PORT/callback/ on this machine: register http://127.0.0.1:*/callback/ as a redirect URI of the app (Login Kit, Desktop). The server may be another machine.',
    )
    .action((options: ConnectOptions) => connect(options, context));
}

async function connect(options: ConnectOptions, context: CliContext): Promise<void> {
  const { env, output } = context;
  const api = await context.connectToServer();
  const [{ openLoopback }, { openBrowser }, { waitForAccount }, { describeAccount }, { findId }] =
    await Promise.all([
      import('../connect/loopback.ts'),
      import('../connect/open-browser.ts'),
      import('../connect/wait-for-account.ts'),
      import('../connect/account-words.ts'),
      import('../find-account.ts'),
    ]);
  const signal = context.stopSignal();
  await using loopback = await openLoopback(options.port);
  const { authorize_url } = await api.startConnection({
    flow: 'desktop',
    redirect_uri: loopback.redirectUri,
    account_id: options.account === undefined ? undefined : await findId(api, options.account),
    app_id: options.app,
    scopes: options.scopes === undefined ? undefined : [...options.scopes],
  });
  // Without an Idempotency-Key no answer is a replay, so the address is there.
  const url = authorize_url ?? '';
  const isOpened = options.browser && (await openBrowser(url, env));
  output.talk(
    `${isOpened ? 'The browser shows' : 'Open'} TikTok's consent page${isOpened ? '; if it does not, open it' : ' in a browser on this machine'}:\n${url}`,
  );
  const progress = output.progress('Waiting for the creator');
  try {
    const account = await waitForAccount(api, loopback, {
      state: new URL(url).searchParams.get('state') ?? '',
      timeoutMs: options.timeout * 60_000,
      signal,
    });
    progress.end('Connected.');
    output.print(account, () => describeAccount(account));
  } catch (error) {
    progress.end();
    throw error;
  }
}

function toScopes(text: string): readonly string[] {
  const scopes = text.split(/[\s,]+/).filter((scope) => scope !== '');
  if (scopes.length === 0) throw new InvalidArgumentError('It names no scope.');
  return scopes;
}

function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('It is a number from 0 to 65535.');
}

// The server forgets a connection after 30 minutes.
function toMinutes(text: string): number {
  const minutes = Number(text);
  if (minutes > 0 && minutes <= 30) return minutes;
  throw new InvalidArgumentError('It is a number of minutes, at most 30.');
}
