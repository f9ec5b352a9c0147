import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody else's server: it holds the end of a video back until it is told to let it through. */
export interface SlowHost extends AsyncDisposable {
  /** Address of the video. */
  readonly url: string;
  /** Of the video, in hex. */
  readonly sha256: string;
  /** Sends what is held back, and holds nothing back until {@link SlowHost.hold}. */
  letThrough(): void;
  hold(): void;
}

/** Serves a video under any path. */
export async function startSlowHost(video: Uint8Array): Promise<SlowHost> {
  let isHeld = false;
  const held = new Set<() => void>();
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': video.length });
    response.write(video.subarray(0, 1000));
    const finish = () => response.end(video.subarray(1000));
    if (isHeld) held.add(finish);
    else finish();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on TCP, so its address is no pipe's name.
  const { port } = server.address() as AddressInfo;
  const letThrough = () => {
    isHeld = false;
    for (const finish of held) finish();
    held.clear();
  };
  return {
    url: `http://127.0.0.1:${port}/video.mp4`,
    sha256: createHash('sha256').update(video).digest('hex'),
    letThrough,
    hold: () => {
      isHeld = true;
    },
    [Symbol.asyncDispose]: async () => {
      letThrough();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
