import { randomUUID } from 'node:crypto';
import { connect } from '../../accounts/support/connect.ts';
import { startWorld, type TestWorkspace, type World } from '../../accounts/support/world.ts';

/** The declaration that TikTok wants for a post without branded content. */
export const PLAIN = "By posting, you agree to TikTok's Music Usage Confirmation";
/** The one for branded content. */
export const BRANDED =
  "By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation.";

/** Everything that a person must choose for a direct post, chosen. */
export const choices = {
  privacy_level: 'SELF_ONLY',
  disable_comment: true,
  disable_duet: true,
  disable_stitch: true,
  brand_organic_toggle: false,
  brand_content_toggle: false,
} as const;

/** A world with an account and a file to import with. */
export interface Stage extends World {
  readonly account: { readonly id: string; readonly username: string };
  readonly video: string;
  /** Makes a file that is ready, without its bytes. */
  addMedia(workspace: TestWorkspace, file: MediaFile): Promise<string>;
}

/** A file as the probe would have found it. */
interface MediaFile {
  readonly fileName: string;
  readonly type?: 'VIDEO' | 'PHOTO';
  /** The bytes it stands for. */
  readonly bytes?: string;
  readonly state?: 'ready' | 'checking';
  readonly durationMs?: number;
}

/** Starts a world with one account, `@public_creator`, and one video, `clip.mp4`. */
export async function startStage(): Promise<Stage> {
  const world = await startWorld();
  const { id, username } = await connect(world, world.workspace);
  const addMedia = async ({ id: workspaceId }: TestWorkspace, file: MediaFile) => {
    const mediaId = randomUUID();
    const { bytes = mediaId, durationMs = 5000, state = 'ready', type = 'VIDEO' } = file;
    await world.rows(
      `insert into media (id, workspace_id, state, media_type, file_name, size, received, sha256,
         duration_ms, created_by_kind, created_by_id)
       values ($1, $2, $3, $4, $5, 10, 10, sha256($6::bytea), $7, 'person', 'ada')`,
      [mediaId, workspaceId, state, type, file.fileName, Buffer.from(bytes), durationMs],
    );
    return mediaId;
  };
  return {
    ...world,
    account: { id, username: username ?? '' },
    addMedia,
    video: await addMedia(world.workspace, { fileName: 'clip.mp4' }),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Posts of a world’s workspace, as the database has them. */
export function storedPosts(world: World): Promise<{ readonly state: string }[]> {
  return world.rows('select * from posts order by created_at, id');
}
