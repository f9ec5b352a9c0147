import { toPlainLine } from '../plain-text.ts';
import { bytesOf, sizeWords } from './byte-words.ts';
import type { Media } from './upload-media.ts';

/** Shows a file of the store with what Greenroom found in it. */
export function describeMedia(media: Media): string {
  const { codec, container, duration_ms, frame_rate, height, reason, width } = media;
  const rows: readonly (readonly [string, string | null])[] = [
    ['id', media.id],
    [
      'size',
      media.received < media.size ? bytesOf(media.received, media.size) : sizeWords(media.size),
    ],
    ['sha256', media.sha256],
    ['kind', media.media_type],
    ['container', container === null ? null : [container, codec].filter(Boolean).join(', ')],
    ['picture', width === null ? null : `${width}×${height}`],
    ['duration', duration_ms === null ? null : `${duration_ms / 1000} s`],
    ['frame rate', frame_rate === null ? null : `${Math.round(frame_rate * 100) / 100} a second`],
    ['refused', reason === null ? null : `${reason.words} ${reason.remedy}`],
  ];
  return [
    `${media.file_name}: ${media.state}`,
    ...rows.flatMap(([name, value]) => (value === null ? [] : `${name.padEnd(11)}${value}`)),
  ]
    .map(toPlainLine)
    .join('\n');
}
