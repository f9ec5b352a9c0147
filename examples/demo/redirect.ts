import { createServer } from 'node:http';
import { listenOnLoopback } from './loopback.ts';

/** A redirect address of our own on loopback, until it leaves its scope. */
export interface Redirect extends AsyncDisposable {
  /** What TikTok redirects the browser to. */
  readonly uri: string;
  /** The address that the browser came with. */
  readonly arrival: Promise<URL>;
}

/** Listens where TikTok redirects the browser to, and takes one arrival. */
export async function listenForRedirect(): Promise<Redirect> {
  const { promise: arrival, resolve } = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    resolve(new URL(`http://${request.headers.host}${request.url}`));
    response.end('Connected. You can close this page.');
  });
  const loopback = await listenOnLoopback(server);
  return {
    uri: `${loopback.url}/callback/`,
    arrival,
    [Symbol.asyncDispose]: () => loopback[Symbol.asyncDispose](),
  };
}
