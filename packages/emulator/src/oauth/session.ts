import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';

/** Who this browser is logged in to TikTok as, once it consented; it holds nothing secret here. */
const COOKIE = 'greenroom_emulator_session';

/** The creator whose session the browser has. */
export function readSession(emulator: Emulator, request: FastifyRequest): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(/;\s*/);
  const pair = pairs.find((each) => each.startsWith(`${COOKIE}=`));
  const username = pair?.slice(COOKIE.length + 1);
  return username !== undefined && emulator.store.creators.has(username) ? username : undefined;
}

/** Logs the browser in as a creator. */
export function writeSession(reply: FastifyReply, username: string): void {
  reply.header('set-cookie', `${COOKIE}=${username}; Path=/v2/auth/; HttpOnly; SameSite=Lax`);
}
