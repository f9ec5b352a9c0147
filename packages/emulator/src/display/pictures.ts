import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Emulator } from '../emulator.ts';

/** Where a creator's picture is. */
export function toAvatarUrl(baseUrl: string, username: string): string {
  return `${baseUrl}/avatars/${username}.svg`;
}

/** Where a video's cover is. */
export function toCoverUrl(baseUrl: string, videoId: string): string {
  return `${baseUrl}/covers/${videoId}.svg`;
}

/** Draws the pictures that TikTok's answers point to, so that no address in them is dead. */
export function registerPictures(app: FastifyInstance, { store }: Emulator): void {
  app.get<{ Params: { name: string } }>('/avatars/:name', (request, reply) => {
    const creator = store.creators.get(request.params.name.replace(/\.svg$/, ''));
    if (creator === undefined) return reply.callNotFound();
    return send(reply, 200, 200, creator.username, creator.nickname.slice(0, 1));
  });
  app.get<{ Params: { name: string } }>('/covers/:name', (request, reply) => {
    const video = store.videos.get(request.params.name.replace(/\.svg$/, ''));
    if (video === undefined) return reply.callNotFound();
    const { width, height } = video;
    return send(reply, width || 360, height || 640, video.id, video.media_type.slice(0, 1));
  });
}

function send(
  reply: FastifyReply,
  width: number,
  height: number,
  seed: string,
  letter: string,
): FastifyReply {
  const size = Math.round(Math.min(width, height) / 2);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="hsl(${hueOf(seed)} 45% 40%)"/><text x="50%" y="50%" fill="#fff" font-family="sans-serif" font-size="${size}" text-anchor="middle" dominant-baseline="central">${escapeXml(letter)}</text></svg>`;
  return reply.type('image/svg+xml').send(svg);
}

function hueOf(seed: string): number {
  let hue = 0;
  for (const character of seed) hue = (hue * 31 + character.charCodeAt(0)) % 360;
  return hue;
}

function escapeXml(text: string): string {
  return text.replaceAll(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
