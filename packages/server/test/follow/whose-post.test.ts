import { expect, test } from 'vitest';
import type { Statement } from '../../src/publishing/follow/fact.ts';
import { findOwner, type LostAttempt, type Owner } from '../../src/publishing/follow/whose-post.ts';

const SENT = new Date('2026-11-21T12:00:00.700Z');

function lost(name: string, differences: Partial<LostAttempt> = {}): LostAttempt {
  return {
    attemptId: name,
    postId: `post of ${name}`,
    initSentAt: SENT,
    postMode: 'DIRECT_POST',
    isOpen: false,
    isUnknown: true,
    ...differences,
  };
}

const unknown = lost('unknown');
const other = lost('other');
const open = lost('open', { isOpen: true, isUnknown: false });
const fenced = lost('fenced', { isUnknown: false });
const left = lost('left', { isUnknown: false });
const draft = lost('draft', { postMode: 'MEDIA_UPLOAD' });
const later = lost('later', { initSentAt: new Date('2026-11-21T12:01:00Z') });

const complete: Statement = { says: 'complete', postIds: [] };
const isPublic: Statement = { says: 'public', postId: '1' };
const failed: Statement = { says: 'failed', reason: 'photo_pull_failed' };

test.each([
  { name: 'one unknown, posted', all: [unknown], told: complete, owner: 'unknown' },
  { name: 'one unknown, public', all: [unknown], told: isPublic, owner: 'unknown' },
  { name: 'one unknown, failed', all: [unknown], told: failed, owner: 'unknown' },
  { name: 'none at all', all: [], told: complete, owner: 'nobody' },
  { name: 'two unknown, posted', all: [unknown, other], told: complete, owner: 'wait' },
  { name: 'two unknown, failed', all: [unknown, other], told: failed, owner: 'wait' },
  {
    name: 'an answer that may be committed any moment',
    all: [open],
    told: complete,
    owner: 'wait',
  },
  { name: 'an open one beside an unknown', all: [unknown, open], told: failed, owner: 'wait' },
  // A fence made the other harmless: it cannot have posted.
  { name: 'posted, beside a fenced one', all: [unknown, fenced], told: complete, owner: 'unknown' },
  // It may as well be the fenced one that failed, as it must.
  { name: 'failed, beside a fenced one', all: [unknown, fenced], told: failed, owner: 'wait' },
  { name: 'a fenced one, failed', all: [fenced], told: failed, owner: 'nobody' },
  { name: 'a left one, posted', all: [fenced], told: complete, owner: 'left fenced' },
  { name: 'one of two left ones, posted', all: [fenced, left], told: complete, owner: 'nobody' },
  {
    name: 'told before the other was sent',
    all: [unknown, later],
    told: complete,
    owner: 'unknown',
  },
  { name: 'told before it was sent', all: [later], told: complete, owner: 'nobody' },
  { name: 'of a draft', all: [draft], told: complete, type: 'INBOX_SHARE', owner: 'draft' },
  {
    name: 'of a draft, but none is',
    all: [unknown],
    told: complete,
    type: 'INBOX_SHARE',
    owner: 'nobody',
  },
  {
    name: 'of a direct post beside a draft',
    all: [draft, unknown],
    told: complete,
    type: 'DIRECT_PUBLISH',
    owner: 'unknown',
  },
  {
    name: 'of a type of tomorrow',
    all: [unknown],
    told: complete,
    type: 'STORY',
    owner: 'unknown',
  },
])('$name: $owner', ({ all, told, owner, type }) => {
  // A second is told without its fraction: this one began before the init.
  const fact = { by: 'event', at: new Date('2026-11-21T12:00:00Z'), ...told } as const;
  const found = findOwner(all, fact, type);
  expect(nameOf(found)).toBe(owner);
});

function nameOf(owner: Owner): string {
  if (owner.kind === 'attempt') return owner.attempt.attemptId;
  return owner.kind === 'left' ? `left ${owner.attempt.attemptId}` : owner.kind;
}
