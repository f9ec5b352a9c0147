import { expect, test } from 'vitest';
import type { Browser } from '../workspaces/support/browser.ts';
import { PASSWORD, startPeopleWorld } from '../workspaces/support/people-world.ts';
import { happen } from './support/listen.ts';

const STREAM = '/api/v1/events';

/** Listens as a page does, by its cookie. */
async function open(browser: Browser) {
  const answer = await browser.get(STREAM);
  expect(answer.status).toBe(200);
  let text = '';
  const ended = (async () => {
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) text += part;
  })();
  await expect.poll(() => text).toContain('event: ready');
  return { heard: () => text, ended };
}

test('the stream of a browser ends when it signs out; other browsers of the same person listen on', async () => {
  await using world = await startPeopleWorld();
  const laptop = await world.join('editor', 'ada');
  const phone = laptop.at(world.url);
  await phone.signIn('ada@example.com', PASSWORD);
  const left = await open(laptop);
  const kept = await open(phone);
  expect((await laptop.send('DELETE', '/api/v1/session', undefined)).status).toBe(204);
  await left.ended;
  expect((await laptop.get(STREAM)).status).toBe(401);

  const mediaId = await happen(world.services.database, world.workspaceId);
  await expect.poll(kept.heard).toContain(mediaId);
  expect(left.heard()).not.toContain(mediaId);
});

test('the stream of a person ends who is taken out of the workspace', async () => {
  await using world = await startPeopleWorld();
  const owner = await world.join('owner', 'grace');
  const ada = await world.join('editor', 'ada');
  const stream = await open(ada);
  const [person] = await world.rows<{ id: string }>(
    `select id from identity.people where email = 'ada@example.com'`,
  );
  const removed = await owner.send('DELETE', `/api/v1/members/${person?.id}`, undefined);
  expect(removed.status).toBe(204);
  await stream.ended;
  expect((await ada.get(STREAM)).status).toBe(403);
});
