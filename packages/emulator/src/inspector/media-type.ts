/**
 * Names the type of media by its first bytes, never by what its sender called it: a web page that was
 * sent as a video must not become one of ours.
 *
 * @param head - The first bytes of the file; 12 are enough.
 */
export function mediaTypeOf(head: Buffer): string {
  const text = head.toString('latin1');
  if (text.startsWith('ftyp', 4))
    return text.startsWith('qt  ', 8) ? 'video/quicktime' : 'video/mp4';
  if (text.startsWith('\x1a\x45\xdf\xa3')) return 'video/webm';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'image/webp';
  if (text.startsWith('\x89PNG')) return 'image/png';
  return 'application/octet-stream';
}
