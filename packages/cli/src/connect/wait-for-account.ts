import type { Client, OutputOf, operations } from '@greenroom/contract';
import { CommandError } from '../errors.ts';
import type { Callback } from './callback.ts';
import type { Loopback, PageWords } from './loopback.ts';

/** An account, as the API shows it. */
export type Account = OutputOf<(typeof operations)['getAccount']>;

/** How long and for what is waited. */
export interface WaitOptions {
  /** The state of the connection that has begun. */
  readonly state: string;
  /** How long the creator may take. */
  readonly timeoutMs: number;
  /** Ends the waiting: Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Waits for TikTok to send the browser back, and completes the connection with what it brought.
 *
 * @throws {CommandError} If nobody came in time, or the waiting was ended.
 * @throws {GreenroomError} If the server did not connect the account.
 */
export function waitForAccount(
  api: Client,
  loopback: Loopback,
  { signal, state, timeoutMs }: WaitOptions,
): Promise<Account> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    const stop = (): void => {
      end();
      reject(new CommandError('Interrupted: no account was connected.'));
    };
    const timer = setTimeout(() => {
      end();
      reject(
        new CommandError(`Nobody came back from TikTok within ${timeoutMs / 60_000} minutes.`, {
          remedy: 'Begin again, with a longer --timeout if need be.',
        }),
      );
    }, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    loopback.expect(state, async (callback) => {
      // From here on it is a matter of seconds, which are not to be interrupted half-way.
      end();
      return complete(api, callback, { resolve, reject });
    });
  });
}

async function complete(
  api: Client,
  callback: Callback,
  settle: { resolve: (account: Account) => void; reject: (error: unknown) => void },
): Promise<PageWords> {
  try {
    // TikTok may take 20 s for the exchange; the name of the account is read after it.
    const account = await api.completeConnection(callback, { timeoutMs: 60_000 });
    settle.resolve(account);
    return {
      title: 'Connected',
      words: 'The account is connected. You can close this page and go back to the terminal.',
    };
  } catch (error) {
    settle.reject(error);
    return {
      title: 'Not connected',
      words: `${error instanceof Error ? error.message : String(error)} The terminal says what to do.`,
    };
  }
}
