import { randomUUID } from 'node:crypto';
import type { InputOf, Operations, OutputOf, PostState } from '@greenroom/contract';
import type { ControlBody } from '@greenroom/emulator';
import { inWorkspace } from '../../../src/db/database.ts';
import { createInvitation } from '../../../src/workspaces/invitations.ts';
import { connect } from '../../accounts/support/connect.ts';
import { startWorld, type TestWorkspace, type World } from '../../accounts/support/world.ts';
import { Browser } from '../../workspaces/support/browser.ts';

/** The two declarations of TikTok's guidelines, letter for letter. */
export const MUSIC = "By posting, you agree to TikTok's Music Usage Confirmation";
export const BRANDED =
  "By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation.";

/** What makes a post. */
export type PostInput = InputOf<Operations['createPost']>;
/** A post as the API shows it. */
export type Post = OutputOf<Operations['getPost']>;

/** Every choice that a person makes for a video, none of them daring. */
const CHOICES = {
  privacy_level: 'SELF_ONLY',
  disable_comment: true,
  disable_duet: true,
  disable_stitch: true,
  brand_organic_toggle: false,
  brand_content_toggle: false,
} as const satisfies Partial<PostInput>;

/** A world in which posts can be made. */
export interface PostWorld extends World {
  /** Connects a creator, after telling TikTok what kind of creator it is; gives the account's id. */
  creator(settings?: ControlBody<'putCreator'>, workspace?: TestWorkspace): Promise<string>;
  /** Puts a file into the workspace that has arrived and was found good, as if it had been uploaded. */
  media(facts?: Partial<MediaFacts>, workspaceId?: string): Promise<string>;
  /** A complete video post for a new creator and with a new file, which nobody has agreed to yet. */
  input(changes?: Partial<PostInput>): Promise<PostInput>;
  /** A post in a state, as if it had come there by itself. */
  postIn(state: PostState, changes?: Partial<PostInput>): Promise<Post>;
  /** A person of the workspace with a browser session; always the same. */
  person(): Promise<Browser>;
  /** What the events of a post say, oldest first. */
  eventsOf(postId: string): Promise<{ type: string; details: Record<string, unknown> }[]>;
}

interface MediaFacts {
  readonly state: string;
  readonly media_type: string;
  readonly size: number;
  readonly sha256: string;
  readonly duration_ms: number | null;
}

/** Starts TikTok, a database and a server without sweeps, so that posts stay where the test puts them. */
export async function startPostWorld(): Promise<PostWorld> {
  const world = await startWorld({
    env: {
      GREENROOM_PASSWORD_COST: '8',
      GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '100000',
      GREENROOM_REQUESTS_PER_MINUTE_PER_KEY: '100000',
    },
  });
  let joined: Promise<Browser> | undefined;
  const creator = async (
    settings: ControlBody<'putCreator'> = {},
    workspace: TestWorkspace = world.workspace,
  ) => {
    const username = `creator.${randomUUID().slice(0, 8)}`;
    await world.tiktok.control.putCreator(username, settings);
    return (await connect(world, workspace, { username })).id;
  };
  const media = (facts: Partial<MediaFacts> = {}, workspaceId = world.workspace.id) =>
    insertMedia(world, workspaceId, facts);
  const input = async (changes: Partial<PostInput> = {}): Promise<PostInput> => ({
    account_id: changes.account_id ?? (await creator()),
    media_type: 'VIDEO',
    media: [{ media_id: await media() }],
    title: 'First light',
    ...CHOICES,
    ...changes,
  });
  return {
    ...world,
    creator,
    media,
    input,
    postIn: async (state, changes) => {
      const post = await world.workspace.api.createPost({
        ...(await input(changes)),
        schedule: {
          consent: { declaration: MUSIC },
          publish_at: inHours(1),
          check_creator: false,
        },
      });
      await force(world, post.id, state);
      return world.workspace.api.getPost({ id: post.id });
    },
    person: () => (joined ??= joinAs(world)),
    eventsOf: (postId) =>
      world.rows('select type, details from events where post_id = $1 order by id', [postId]),
  };
}

/** A moment from now, as the API takes it. */
export function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

/** Puts a post into a state past all rules. */
export async function force(world: World, postId: string, state: PostState): Promise<void> {
  await world.rows('update posts set state = $2, state_reason = null where id = $1', [
    postId,
    state,
  ]);
}

/** Gives a post that is being sent an attempt, as its workflow would have made it. */
export async function addAttempt(
  world: World,
  postId: string,
  attempt: {
    readonly source: 'FILE_UPLOAD' | 'PULL_FROM_URL';
    readonly isInitSent?: boolean;
    readonly isFenced?: boolean;
  },
): Promise<string> {
  const id = randomUUID();
  await world.rows(
    `insert into attempts (id, workspace_id, post_id, account_id, number, source, init_sent_at, fence_at)
     select $1, workspace_id, id, account_id, attempts + 1, $3, case when $4 then app_now() end,
       case when $5 then app_now() end from posts where id = $2`,
    [id, postId, attempt.source, attempt.isInitSent ?? false, attempt.isFenced ?? false],
  );
  await world.rows(
    'update posts set attempt_id = $2, attempts = attempts + 1, phase = $3 where id = $1',
    [postId, id, 'transfer'],
  );
  return id;
}

async function insertMedia(
  world: World,
  workspaceId: string,
  facts: Partial<MediaFacts>,
): Promise<string> {
  const id = randomUUID();
  const {
    state = 'ready',
    media_type = 'VIDEO',
    size = 1000,
    sha256 = id,
    duration_ms = 5_000,
  } = facts;
  await world.rows(
    `insert into media (id, workspace_id, state, state_reason, media_type, file_name, size, received, sha256, duration_ms, created_by_kind, created_by_id)
     values ($1, $2, $3, case when $3 = 'refused' then 'unreadable' end, $4, 'sunrise.mp4', $5, $5, sha256($6), $7, 'person', 'ada')`,
    [id, workspaceId, state, media_type, size, Buffer.from(sha256), duration_ms],
  );
  return id;
}

async function joinAs(world: World): Promise<Browser> {
  const { id: workspaceId } = world.workspace;
  const { token } = await inWorkspace(world.services.database, workspaceId, (tx) =>
    createInvitation(tx, { actor: { kind: 'system', id: 'test' }, role: 'editor', workspaceId }),
  );
  const browser = new Browser(world.url);
  const name = `person.${randomUUID().slice(0, 8)}`;
  const person = { name, email: `${name}@example.com`, password: 'correct horse battery' };
  const joined = await browser.post('/api/v1/invitations/accept', { token, person });
  if (joined.status !== 201) throw new Error(await joined.text());
  await browser.signIn(person.email, person.password);
  return browser;
}
