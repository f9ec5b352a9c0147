import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Evidence } from './evidence.ts';

/** How TikTok answers while it misbehaves. Each answer carries every secret of the request. */
export const misbehaviours = ['json', 'html', 'redirect', 'half', 'nothing'] as const;

/** One of {@link misbehaviours}. */
type Misbehaviour = (typeof misbehaviours)[number];

/** The wire between Greenroom and TikTok. */
export interface Wire extends AsyncDisposable {
  /** What Greenroom takes for TikTok. */
  readonly url: string;
  /**
   * From now on, answers like this; `undefined`: hands on what the emulator says.
   *
   * @param words - What the answers say instead of the request's secrets.
   */
  misbehave(how: Misbehaviour | undefined, words?: string): void;
  /** Answers that were misbehaviours. */
  readonly faults: () => number;
}

/**
 * Listens between Greenroom and the emulator: notes every secret that crosses, in either direction, and
 * can answer in TikTok's place with errors that repeat the request's own secrets, as careless servers do.
 */
export async function openWire(upstream: string, evidence: Evidence): Promise<Wire> {
  let how: Misbehaviour | undefined;
  let said: string | undefined;
  let faults = 0;
  const server = createServer((request, response) => {
    void exchange(request, response).catch(() => response.destroy());
  });

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const secrets = noteRequest(evidence, request, body);
    if (how !== undefined && request.url?.startsWith('/v2/') === true) {
      faults += 1;
      return answerBadly(response, how, said === undefined ? secrets : [said]);
    }
    const { authorization, 'content-type': type } = request.headers;
    const answer = await fetch(`${upstream}${request.url}`, {
      method: request.method ?? 'GET',
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      redirect: 'manual',
    });
    const text = Buffer.from(await answer.arrayBuffer());
    noteAnswer(evidence, text.toString());
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(text);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // It listens on TCP, so its address is no pipe's name.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    misbehave: (next, words) => {
      how = next;
      said = words;
    },
    faults: () => faults,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Fields of TikTok's forms that are secrets, and what they are called here. */
const REQUEST_FIELDS = {
  client_secret: 'client secret',
  code: 'authorization code',
  code_verifier: 'code verifier',
  refresh_token: 'refresh token',
  token: 'access token',
} as const;

function noteRequest(evidence: Evidence, request: IncomingMessage, body: Buffer): string[] {
  const secrets: string[] = [];
  const note = (kind: string, secret: string) => {
    evidence.addSecret(kind, secret);
    secrets.push(secret);
  };
  const form = new URLSearchParams(body.toString());
  for (const [field, kind] of Object.entries(REQUEST_FIELDS)) {
    const secret = form.get(field);
    if (secret) note(kind, secret);
  }
  const [, token] = /^Bearer (.+)$/u.exec(request.headers.authorization ?? '') ?? [];
  if (token !== undefined) note('access token', token);
  // Addresses of media, of which TikTok gets one for each file that it pulls.
  for (const [, address] of body.toString().matchAll(/\/media\/([\w-]{40,})/gu)) {
    if (address !== undefined) note('media address', address);
  }
  return secrets;
}

function noteAnswer(evidence: Evidence, text: string): void {
  for (const [, field, secret] of text.matchAll(/"(access_token|refresh_token)":"([^"]+)"/gu)) {
    if (field && secret) evidence.addSecret(field.replace('_', ' '), secret);
  }
  const [, uploadUrl] = /"upload_url":("[^"]+")/u.exec(text) ?? [];
  if (uploadUrl === undefined) return;
  const url = new URL(String(JSON.parse(uploadUrl)));
  evidence.addSecret('upload URL', url.searchParams.get('upload_token') ?? url.href);
}

function answerBadly(response: ServerResponse, how: Misbehaviour, secrets: string[]): void {
  const words = `cannot take ${secrets.join(' or ')}`;
  switch (how) {
    case 'json':
      response.writeHead(400, { 'content-type': 'application/json', 'x-detail': secrets[0] ?? '' });
      response.end(
        JSON.stringify({
          error: { code: 'invalid_params', message: words, log_id: '2026112100' },
          error_description: words,
          data: { description: words },
        }),
      );
      return;
    case 'html':
      response.writeHead(502, words.replaceAll(/[^ -~]/gu, ''), { 'content-type': 'text/html' });
      response.end(`<html><title>${words}</title><p>${words}</p></html>`);
      return;
    case 'redirect':
      response.writeHead(302, {
        location: `http://127.0.0.1:9/?${new URLSearchParams({ token: secrets[0] ?? '' }).toString()}`,
      });
      response.end();
      return;
    case 'half':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 5000 });
      response.write(`{"access_token":"${secrets[0] ?? ''}","refresh_tok`, () =>
        response.destroy(),
      );
      return;
    case 'nothing':
      response.destroy();
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // A request's stream gives buffers unless told otherwise.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
