import { blobSource, publishVideo, rangeSource, TikTokClient } from '../../src/index.ts';

/** What a runtime has to tell after it has published. */
export interface RuntimeReport {
  readonly statuses: readonly string[];
  readonly postIds: readonly string[];
  /** What this runtime's `JSON.parse` hands to a reviver as the source of a number, if anything. */
  readonly source: unknown;
}

/**
 * Publishes one video twice with nothing but the root entry, as a Blob and as a stream of ranges.
 * Knows no runtime: the same code runs in all of them.
 */
export async function publishAnywhere(baseUrl: string): Promise<RuntimeReport> {
  const client = new TikTokClient({ accessToken: 'act.example', baseUrl });
  const video = await (await fetch(`${baseUrl}/video.mp4`)).blob();
  const sources = [
    blobSource(video),
    rangeSource({
      size: video.size,
      open: (first, last) => video.slice(first, last + 1).stream(),
    }),
  ];
  const statuses: string[] = [];
  const postIds: string[] = [];
  for (const source of sources) {
    const run = publishVideo(client, { source, postInfo: { privacy_level: 'SELF_ONLY' } });
    for await (const { type } of run) if (type === 'status') statuses.push(type);
    const result = await run.result;
    statuses.push(result.status);
    if (result.status === 'published') postIds.push(...result.postIds);
  }
  let source: unknown;
  const see = (_key: string, value: unknown, context?: { readonly source?: unknown }) => {
    source = context?.source;
    return value;
  };
  JSON.parse('12345678901234567890', see);
  return { statuses, postIds, source };
}
