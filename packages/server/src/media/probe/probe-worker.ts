import { parentPort } from 'node:worker_threads';
import { Logging, LogLevel } from 'mediabunny';
import { ByteReader } from './byte-reader.ts';
import { type ProbeVerdict, RefusedFileError } from './probe.ts';
import { probePhoto } from './probe-photo.ts';
import { probeVideo } from './probe-video.ts';

/** Entry of the thread that looks into files, one path after the other. */
async function probe(path: string): Promise<ProbeVerdict> {
  await using reader = await ByteReader.open(path);
  const verdict = await describe(reader);
  if (reader.diskError !== undefined) throw reader.diskError;
  return verdict;
}

async function describe(reader: ByteReader): Promise<ProbeVerdict> {
  try {
    return { file: (await probePhoto(reader)) ?? (await probeVideo(reader)) };
  } catch (error) {
    // The parser throws what it likes at malformed bytes.
    return { refusal: error instanceof RefusedFileError ? error.refusal : 'unreadable' };
  }
}

// What stands here runs in a thread that exists for nothing else.
const port = parentPort;
if (port === null) throw new Error('probe-worker runs as a worker thread only.');
port.on('message', (path: string) => {
  void probe(path).then(
    (verdict) => port.postMessage({ verdict }),
    // The disk, not the file: another try may do better.
    (error: unknown) => port.postMessage({ error: String(error) }),
  );
});
// The verdict says what is wrong with a file.
Logging.level = LogLevel.Silent;
port.postMessage('ready');
