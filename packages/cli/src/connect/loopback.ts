import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandError } from '../errors.ts';
import { type Callback, readCallback } from './callback.ts';
import { callbackPage } from './callback-page.ts';

/** What the browser is told when the redirect was dealt with. */
export interface PageWords {
  readonly title: string;
  readonly words: string;
}

/** Deals with a redirect; what it gives is shown in the browser. */
type OnCallback = (callback: Callback) => Promise<PageWords>;

/** A listener for one redirect of TikTok's. */
export interface Loopback extends AsyncDisposable {
  /** Where TikTok is to send the browser. */
  readonly redirectUri: string;
  /**
   * From here on a redirect with this state, and no other, is handed on, once. The browser waits for
   * what came of it.
   */
  expect(state: string, onCallback: OnCallback): void;
}

const PATH = '/callback/';

/**
 * Listens on loopback, on a port of its own, for TikTok to send the browser back.
 *
 * @param port - 0 takes a free one.
 */
export async function openLoopback(port: number): Promise<Loopback> {
  let expected: { readonly state: string; readonly onCallback: OnCallback } | undefined;
  const server = createServer((request, response) => {
    const callback = readRequest(request, redirectUri);
    if (callback === undefined || callback.state !== expected?.state) {
      const words = 'Nothing was connected here. Go back to the terminal and begin again.';
      answer(response, 404, { title: 'This is not what we wait for', words });
      return;
    }
    const { onCallback } = expected;
    // A reload of the page must not complete the connection a second time.
    expected = undefined;
    void onCallback(callback).then((page) => answer(response, 200, page));
  });
  const redirectUri = `http://127.0.0.1:${await listen(server, port)}${PATH}`;
  return {
    redirectUri,
    expect: (state, onCallback) => {
      expected = { state, onCallback };
    },
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        // The page was answered with the wish to close; what is left is idle.
        server.closeIdleConnections();
      });
    },
  };
}

/** The port that it listens on. */
function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new CommandError(`Port ${port} of 127.0.0.1 cannot be listened on: ${cause.message}`, {
          cause,
          remedy: 'Choose another one with --port, or leave it out.',
        }),
      );
    });
    // A server on TCP has an address of this form.
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function readRequest(request: IncomingMessage, redirectUri: string): Callback | undefined {
  const { host } = new URL(redirectUri);
  // A page that pretends that its own name is this machine's must not reach in.
  if (request.method !== 'GET' || request.headers.host !== host) return undefined;
  const [path, query = ''] = (request.url ?? '').split('?', 2);
  return path === PATH ? readCallback(query) : undefined;
}

function answer(response: ServerResponse, status: number, { title, words }: PageWords): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(callbackPage(title, words));
}
