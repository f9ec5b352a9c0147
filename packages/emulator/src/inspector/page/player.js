import { element, listen } from './dom.js';

/** A video that plays and pauses at a press; one plays at a time. */
export function createPlayer(address, name) {
  const video = element('video', {
    src: address,
    preload: 'metadata',
    playsinline: true,
    loop: true,
    'aria-label': name,
  });
  const toggle = element(
    'button',
    { type: 'button', class: 'play', 'aria-label': `Play ${name}` },
    element('span', { class: 'glyph', 'aria-hidden': 'true' }),
  );
  const bar = element('progress', { max: 1, value: 0, 'aria-label': `Progress of ${name}` });
  const stage = element('div', { class: 'stage paused' }, video, toggle, bar);

  const show = () => {
    stage.classList.toggle('paused', video.paused);
    toggle.setAttribute('aria-label', `${video.paused ? 'Play' : 'Pause'} ${name}`);
  };
  video.addEventListener('play', () => {
    for (const other of document.querySelectorAll('video')) if (other !== video) other.pause();
    show();
  });
  video.addEventListener('pause', show);
  video.addEventListener('timeupdate', () => {
    bar.value = video.duration > 0 ? video.currentTime / video.duration : 0;
  });
  video.addEventListener('error', () => {
    stage.replaceChildren(
      element('p', { class: 'placeholder' }, 'This browser cannot play the file.'),
    );
  });
  listen(toggle, 'click', async () => {
    if (!video.paused) return video.pause();
    try {
      await video.play();
    } catch {
      // The error event has said it already, or another press came in between.
    }
  });
  return stage;
}

/** The photos of a post, side by side. */
export function createPhotos(addresses, name) {
  const images = addresses.map((src, index) =>
    element(
      'li',
      {},
      element('img', { src, alt: `${name}, photo ${index + 1} of ${addresses.length}` }),
      element('span', { class: 'page', 'aria-hidden': 'true' }, `${index + 1}/${addresses.length}`),
    ),
  );
  return element(
    'ul',
    { class: 'stage photos', tabindex: 0, 'aria-label': `${name}, scrolls sideways` },
    ...images,
  );
}
