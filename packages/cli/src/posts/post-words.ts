import { toPlainLine } from '../plain-text.ts';
import { bytesOf, sizeWords } from './byte-words.ts';
import { type Post, PRIVACY_LEVELS, type TimelineEntry } from './post-types.ts';

/** A state as people read it. */
export function stateWords({ state, visibility }: Pick<Post, 'state' | 'visibility'>): string {
  const words = state.replaceAll('_', ' ');
  return visibility === null ? words : `${words}, ${visibility}`;
}

/** In one line: the state, why, and what to do. */
export function reasonWords(post: Post): string {
  const { reason, wait } = post;
  const until = wait?.until == null ? '' : ` Not before ${wait.until}.`;
  return [
    `${stateWords(post)}.`,
    reason?.words,
    wait === null ? undefined : `${wait.words}${until}`,
    reason?.remedy ?? wait?.remedy,
  ]
    .filter((words) => words != null)
    .join(' ');
}

/** Shows a post with everything that people want to know of it. */
export function describePost(post: Post): string {
  const { bytes_confirmed: confirmed, bytes_total: total, consent } = post;
  const rows: readonly (readonly [string, string | null])[] = [
    ['account', post.account_id],
    ['kind', `${post.media_type}, ${post.post_mode}`],
    ['media', post.media.map(nameMedia).join(', ') || 'none'],
    ['title', post.title || null],
    ['description', post.description || null],
    ['choices', post.post_mode === 'MEDIA_UPLOAD' ? null : choiceWords(post)],
    ['agreed', consent && `${consent.by} at ${consent.at}: “${consent.declaration}”`],
    ['publish at', post.publish_at],
    ['attempts', post.attempts === 0 ? null : String(post.attempts)],
    ['sent', total === null ? null : bytesOf(confirmed, total)],
    ['publish_id', post.publish_id],
    ['post ids', post.post_ids.join(', ') || null],
    ['link', post.post_urls.join(', ') || null],
  ];
  return [
    `Post ${post.id}: ${reasonWords(post)}`,
    ...rows.flatMap(([name, value]) => (value === null ? [] : `${name.padEnd(12)}${value}`)),
  ]
    .map(toPlainLine)
    .join('\n');
}

/** Shows everything that happened to a post, a line each. */
export function describeTimeline(entries: readonly TimelineEntry[]): string {
  return entries
    .map(({ at, log_id, remedy, words }) => {
      const log = log_id === null ? '' : ` (log_id ${log_id})`;
      return toPlainLine(`${at}  ${words}${remedy === null ? '' : ` ${remedy}`}${log}`);
    })
    .join('\n');
}

function nameMedia({ file_name, media_id, size, url }: Post['media'][number]): string {
  const name = file_name ?? url ?? media_id ?? '';
  return size === null ? name : `${name} (${sizeWords(size)})`;
}

function choiceWords(post: Post): string {
  const allowed = [
    ...(post.disable_comment === false ? ['comments'] : []),
    ...(post.disable_duet === false ? ['duets'] : []),
    ...(post.disable_stitch === false ? ['stitches'] : []),
  ];
  const isChosen = post.disable_comment !== null;
  const promotes = [
    ...(post.brand_organic_toggle === true ? ['your brand'] : []),
    ...(post.brand_content_toggle === true ? ['branded content'] : []),
  ];
  return [
    post.privacy_level === null
      ? 'nobody has chosen who can see it'
      : `seen by ${PRIVACY_LEVELS[post.privacy_level]} (${post.privacy_level})`,
    isChosen ? `allows ${allowed.join(', ') || 'nothing'}` : 'interactions are not chosen',
    post.brand_organic_toggle === null
      ? 'nobody has said what it promotes'
      : `promotes ${promotes.join(', ') || 'nothing'}`,
  ].join('; ');
}
