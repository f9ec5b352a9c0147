import type { FastifyInstance } from 'fastify';
import type { Emulator } from '../emulator.ts';
import { registerPictures } from './pictures.ts';
import { registerUserInfo } from './user-info.ts';
import { registerVideos } from './videos.ts';

/** The Display API, and the pictures its answers point to. */
export function registerDisplay(app: FastifyInstance, emulator: Emulator): void {
  registerUserInfo(app, emulator);
  registerVideos(app, emulator);
  registerPictures(app, emulator);
}
