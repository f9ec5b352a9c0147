import { post as send } from './api.js';
import { badge, button, element, size } from './dom.js';
import { createPhotos, createPlayer } from './player.js';
import { attempt } from './toast.js';

/** What a status means, in words, and whether it is good news. */
const STATUSES = {
  PROCESSING_UPLOAD: ['uploading or processing', 'neutral'],
  PROCESSING_DOWNLOAD: ['being pulled or processed', 'neutral'],
  SEND_TO_USER_INBOX: ['in the creator’s inbox', 'warn'],
  PUBLISH_COMPLETE: ['posted', 'good'],
  FAILED: ['failed', 'bad'],
};

/** One post of the feed. Its `update` changes what is said about it and leaves a playing video be. */
export function createPostCard(post, refresh) {
  const stage = element('div', { class: 'media' });
  const words = element('div', { class: 'overlay' });
  const title = element('h3', { class: 'unseen' }, nameOf(post));
  const node = element(
    'article',
    { class: 'post', 'aria-label': nameOf(post) },
    title,
    stage,
    words,
  );
  let shownMedia = '';
  let shownWords = '';

  const update = (latest) => {
    const media = JSON.stringify([latest.sha256, latest.sha256 === null && latest.status]);
    if (media !== shownMedia) {
      shownMedia = media;
      stage.replaceChildren(toStage(latest));
    }
    const now = JSON.stringify(latest);
    if (now === shownWords) return;
    shownWords = now;
    // An open list of details stays open when the post changes below it.
    const isOpen = words.querySelector('details')?.open ?? false;
    words.replaceChildren(...toWords(latest, isOpen, refresh));
  };
  update(post);
  return { node, update };
}

function nameOf(post) {
  return `${post.media_type === 'PHOTO' ? 'photos' : 'video'} of @${post.username}`;
}

function addressOf(post, index) {
  const path = `/_emulator/media/${encodeURIComponent(post.publish_id)}`;
  return index === undefined ? path : `${path}/${index}`;
}

function toStage(post) {
  if (Array.isArray(post.sha256)) {
    return createPhotos(
      post.sha256.map((_, index) => addressOf(post, index)),
      nameOf(post),
    );
  }
  if (post.sha256 !== null) return createPlayer(addressOf(post), nameOf(post));
  const text = post.status === 'FAILED' ? 'Nothing was received.' : 'The bytes are on their way.';
  return element('p', { class: 'placeholder' }, text);
}

function toWords(post, isOpen, refresh) {
  const [status, tone] = STATUSES[post.status] ?? [post.status, 'neutral'];
  const caption = [post.post_info.title, post.post_info.description].filter(Boolean).join('\n');
  return [
    element('p', { class: 'author' }, `@${post.username}`),
    caption !== '' && element('p', { class: 'caption' }, caption),
    element(
      'p',
      { class: 'badges' },
      badge(status, tone),
      post.fail_reason !== null && badge(post.fail_reason, 'bad'),
      ...[...toStandings(post)].map(([text, its]) => badge(text, its)),
      post.post_mode === 'MEDIA_UPLOAD' && badge('draft'),
    ),
    element(
      'details',
      { open: isOpen },
      element('summary', {}, 'Details and acts'),
      element('dl', {}, ...toFacts(post)),
      element('div', { class: 'row' }, ...toActs(post, refresh)),
    ),
  ].filter(Boolean);
}

/** Privacy levels, in words. */
const AUDIENCES = {
  PUBLIC_TO_EVERYONE: 'for everyone',
  MUTUAL_FOLLOW_FRIENDS: 'for friends',
  FOLLOWER_OF_CREATOR: 'for followers',
  SELF_ONLY: 'for the creator only',
};

/** Where the videos made of a post stand, each kind once: a draft can become several. */
function toStandings(post) {
  const standings = post.videos.map((video) => {
    if (video.moderation === 'removed') return ['removed', 'bad'];
    if (video.moderation === 'rejected') return ['rejected', 'bad'];
    if (video.is_public) return ['publicly available', 'good'];
    if (video.privacy_level === 'PUBLIC_TO_EVERYONE') return ['waits for moderation', 'warn'];
    return [AUDIENCES[video.privacy_level] ?? video.privacy_level, 'neutral'];
  });
  return new Map(standings);
}

function toFacts(post) {
  const hashes = [post.sha256 ?? []].flat();
  const facts = [
    ['publish_id', post.publish_id],
    ['app', post.client_key],
    ['status', post.status],
    ['source', post.source],
    ['privacy', String(post.post_info.privacy_level ?? 'chosen in the app')],
    ['post ids', post.post_ids.join(', ') || 'none'],
    ['received', size(post.bytes)],
    ['sha256', hashes.join(' ') || 'not complete'],
  ];
  return facts.flatMap(([name, value]) => [
    element('dt', {}, name),
    element('dd', {}, element('code', {}, value)),
  ]);
}

/** What can be done with a post in its state: as a moderator, or as its creator in TikTok's app. */
function toActs(post, refresh) {
  const moderate = (result, done) => () =>
    attempt(() => send(`posts/${encodeURIComponent(post.publish_id)}/moderate`, { result }), done);
  const act = (name, done) => () =>
    attempt(
      () =>
        send(`creators/${encodeURIComponent(post.username)}/acts`, {
          act: name,
          publish_id: post.publish_id,
        }),
      done,
    );
  const live = post.videos.filter((video) => video.moderation !== 'removed');
  const isPublic = (video) => video.privacy_level === 'PUBLIC_TO_EVERYONE';
  const waits = live.some((video) => isPublic(video) && video.moderation === 'pending');
  const isInInbox = post.status === 'SEND_TO_USER_INBOX';
  const offered = [
    isInInbox && ['Post it', act('post_inbox', 'The creator posted the draft.')],
    isInInbox && ['Discard it', act('discard_inbox', 'The creator discarded the draft.')],
    waits && ['Approve', moderate('approve', 'The post was approved.')],
    waits && ['Reject', moderate('reject', 'The post was rejected.')],
    live.some((video) => !isPublic(video)) && [
      'Make public',
      act('make_public', 'The creator made the post public.'),
    ],
    live.some((video) => video.is_public) && [
      'Remove as moderator',
      moderate('remove', 'The post was removed.'),
    ],
    live.length > 0 && ['Delete as creator', act('delete_post', 'The creator deleted the post.')],
  ].filter(Boolean);
  if (offered.length === 0) return [element('p', {}, 'There is nothing to do with it now.')];
  return offered.map(([text, action]) =>
    button(
      text,
      async () => {
        await action();
        await refresh();
      },
      { class: 'small' },
    ),
  );
}
