import { TikTokUploadError } from '../errors.ts';

/** Decides about a host that is not one of TikTok's own, such as an emulator's. */
export type AllowUploadHost = (url: URL) => boolean;

// The protocol too, and no port or user name: see reference, section 0.4.
const TIKTOK_ORIGIN =
  /^https:\/\/(open-upload(-[a-z0-9]{1,16})?|upload\.[a-z0-9-]{1,16})\.tiktokapis\.com$/;

/**
 * Refuses an `upload_url` that does not point to TikTok before a byte of the video goes there:
 * `https` on its default port, no user name, a host of TikTok's upload service. Others, loopback
 * too, pass only if the caller allows them.
 *
 * @throws {TikTokUploadError} `upload_host_refused`.
 */
export function requireUploadUrl(uploadUrl: string, allow?: AllowUploadHost): void {
  // `URL.parse` gives null where the constructor throws an error that quotes the URL.
  const url = URL.parse(uploadUrl);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password;
  if (isPlain && (TIKTOK_ORIGIN.test(url.origin) || allow?.(new URL(url)) === true)) return;
  throw new TikTokUploadError({ code: 'upload_host_refused' });
}
