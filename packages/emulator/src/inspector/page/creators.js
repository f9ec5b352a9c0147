import { badge, byId, element, message } from './dom.js';

/** The creators, as a choice of whose posts the feed shows. */
export function startCreators(onChoose) {
  const box = byId('creators');
  let shown = '';
  let chosen = '';
  box.replaceChildren(message('loading', 'Loading the creators…'));

  const choose = (username) => {
    chosen = username;
    for (const button of box.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.value === chosen));
    }
    onChoose(chosen);
  };

  const toButton = (creator) =>
    element(
      'button',
      {
        type: 'button',
        class: 'creator',
        value: creator.username,
        'aria-pressed': String(creator.username === chosen),
        onclick: () => choose(creator.username),
      },
      element('img', {
        src: `/avatars/${encodeURIComponent(creator.username)}.svg`,
        alt: '',
        width: 40,
        height: 40,
      }),
      element(
        'span',
        { class: 'words' },
        element('strong', {}, creator.nickname),
        element('small', {}, `@${creator.username}`),
        element(
          'span',
          { class: 'badges' },
          badge(creator.private_account ? 'private' : 'public', 'neutral'),
          badge(`up to ${creator.max_video_post_duration_sec} s`),
          creator.can_post === false && badge('banned', 'bad'),
          creator.comment_disabled && badge('no comments'),
          creator.duet_disabled && badge('no duet'),
          creator.stitch_disabled && badge('no stitch'),
        ),
      ),
    );

  return {
    /** Shows what `GET creators` said. */
    update(creators) {
      const now = JSON.stringify(creators);
      if (now === shown) return;
      shown = now;
      if (!creators.some(({ username }) => username === chosen)) chosen = '';
      const all = element(
        'button',
        {
          type: 'button',
          class: 'creator everyone',
          value: '',
          'aria-pressed': String(chosen === ''),
          onclick: () => choose(''),
        },
        'Everyone',
      );
      box.replaceChildren(all, ...creators.map(toButton));
      if (creators.length === 0) {
        box.replaceChildren(message('empty', 'There are no creators. Make one with PUT creators.'));
      }
      onChoose(chosen);
    },
    fail(text, retry) {
      if (shown === '') box.replaceChildren(message('failed', text, retry));
    },
  };
}
