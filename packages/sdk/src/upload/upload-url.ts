import { TikTokUploadError } from '../errors.ts';

/** Decides about a host that is not one of TikTok's own, such as an emulator's. */
export type AllowUploadHost = (url: URL) => boolean;

const TIKTOK_HOST = /^(open-upload(-[a-z0-9]{1,16})?|upload\.[a-z0-9-]{1,16})\.tiktokapis\.com$/;

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
  if (url === null) throw refusal('The upload URL is not a URL.');
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:';
  if (!isHttp || url.username !== '' || url.password !== '') {
    throw refusal('The upload URL is not a plain web address.');
  }
  const isTikTok = url.protocol === 'https:' && url.port === '' && TIKTOK_HOST.test(url.hostname);
  if (isTikTok || allow?.(new URL(url)) === true) return;
  throw refusal(`The upload URL points to ${url.protocol}//${url.host}.`);
}

function refusal(message: string): TikTokUploadError {
  return new TikTokUploadError({ code: 'upload_host_refused', message });
}
