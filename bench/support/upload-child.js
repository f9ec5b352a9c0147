// Uploads one file with the compiled SDK in a process of its own, and prints what it took. Plain
// JavaScript, so that the memory of stripping types is not counted as the SDK's.
// Arguments: the file, the upload URL, the type; then the path of a CA, if it is TLS.
import { readFileSync, statSync } from 'node:fs';
import { planUploads } from '@greenroom/sdk';
import { nodeSender, uploadVideo } from '@greenroom/sdk/node';

const [path, uploadUrl, caPath] = process.argv.slice(2);
const [plan] = planUploads(statSync(path).size);
const sender = nodeSender(caPath === undefined ? {} : { ca: readFileSync(caPath, 'utf8') });
const started = performance.now();
const { bytes, retries } = await uploadVideo({
  uploadUrl,
  source: path,
  plan,
  contentType: 'video/mp4',
  sender,
  allowUploadHost: (url) => url.hostname === '127.0.0.1',
});
const seconds = (performance.now() - started) / 1000;
await sender.close();
// Not maxRSS, which begins at what the process had that started this one.
const peakBytes =
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
process.stdout.write(JSON.stringify({ bytes, retries, seconds, peakBytes }));
