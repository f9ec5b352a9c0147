// Uploads a file in a process of its own, so that a test can kill it: begins, or resumes if there is
// a checkpoint. Arguments as JSON.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resumeUpload, uploadVideo } from '@greenroom/sdk/node';

/** What the process is told. */
export interface UploadingProcessArguments {
  readonly uploadUrl: string;
  readonly statusUrl: string;
  readonly path: string;
  readonly checkpointPath: string;
  readonly plan: {
    readonly video_size: number;
    readonly chunk_size: number;
    readonly total_chunk_count: number;
  };
}

// Given by the test in this very form.
const told = JSON.parse(process.argv[2] ?? '') as UploadingProcessArguments;
const common = {
  source: told.path,
  allowUploadHost: (url: URL) => url.hostname === '127.0.0.1',
  fetchStatus: async (signal: AbortSignal) => {
    const response = await fetch(told.statusUrl, { signal });
    // Answered by the test.
    return (await response.json()) as { status: string; uploaded_bytes: number };
  },
  onCheckpoint: (checkpoint: unknown) => {
    // Whole or not at all, however the process ends.
    writeFileSync(`${told.checkpointPath}.new`, JSON.stringify(checkpoint));
    renameSync(`${told.checkpointPath}.new`, told.checkpointPath);
  },
};
const result = existsSync(told.checkpointPath)
  ? await resumeUpload({
      ...common,
      checkpoint: JSON.parse(readFileSync(told.checkpointPath, 'utf8')),
    })
  : await uploadVideo({ ...common, uploadUrl: told.uploadUrl, plan: told.plan });
process.stdout.write(JSON.stringify(result));
