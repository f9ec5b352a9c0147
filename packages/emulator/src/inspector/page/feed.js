import { byId, element, message } from './dom.js';
import { createPostCard } from './post-card.js';

/** Posts that are kept on the page; the control API has more. */
const POSTS_SHOWN = 30;

/** The phone: posts of the chosen creator, newest first. */
export function startFeed(refresh) {
  const screen = byId('feed');
  const list = element('ol', { class: 'posts' });
  // What scrolls must be reachable by keyboard.
  screen.tabIndex = 0;
  /** By id, oldest first. */
  const posts = new Map();
  const cards = new Map();
  let username = '';
  let isLoaded = false;
  screen.replaceChildren(message('loading', 'Loading the feed…'));

  const show = () => {
    if (!isLoaded) return;
    const chosen = [...posts.values()].filter(
      (post) => username === '' || post.username === username,
    );
    const visible = new Set(chosen.slice(-POSTS_SHOWN).map(({ id }) => id));
    for (const [id, { item }] of cards) {
      if (visible.has(id)) continue;
      item.remove();
      cards.delete(id);
    }
    for (const id of visible) {
      const post = posts.get(id);
      const card = cards.get(id);
      if (card !== undefined) card.update(post);
      else addCard(post);
    }
    const empty =
      username === ''
        ? 'Nothing was posted yet. Point a client at this address and publish.'
        : `@${username} has not posted yet.`;
    const content = visible.size === 0 ? message('empty', empty) : list;
    if (content !== list || screen.firstElementChild !== list) screen.replaceChildren(content);
  };

  /** Puts a card where its id belongs: the newest on top. */
  const addCard = (post) => {
    const card = createPostCard(post, refresh);
    const item = element('li', {}, card.node);
    const older = [...cards].filter(([id]) => id < post.id).toSorted(([a], [b]) => b - a)[0];
    list.insertBefore(item, older?.[1].item ?? null);
    cards.set(post.id, { item, update: card.update });
  };

  return {
    /** Takes over posts that are new or changed. */
    add(changed) {
      isLoaded = true;
      for (const post of changed) posts.set(post.id, post);
      for (const id of posts.keys()) {
        if (posts.size <= 1000) break;
        posts.delete(id);
      }
      show();
    },
    /** Shows one creator's posts only; everyone's for ''. */
    choose(chosen) {
      username = chosen;
      show();
    },
    /** The id to ask after, so that the posts that may still change are looked at again. */
    get after() {
      return Math.max(0, ([...posts.keys()].at(-1) ?? 0) - POSTS_SHOWN);
    },
    clear() {
      posts.clear();
      cards.clear();
      list.replaceChildren();
    },
    fail(text, retry) {
      if (!isLoaded) screen.replaceChildren(message('failed', text, retry));
    },
  };
}
