import type { Fetch } from '@greenroom/sdk';

/** TikTok's answers are short; its `log_id` stands in the first bytes of even a long one. */
const LOOK_AT_BYTES = 65_536;

/** A `fetch` that tells the `log_id` of each answer while it is read: the SDK gives those of failures only. */
export function listenForLogId(hear: (logId: string) => void): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.body === null || response.status < 200) return response;
    const { headers, status, statusText } = response;
    return new Response(response.body.pipeThrough(sniff(hear)), { headers, status, statusText });
  };
}

function sniff(hear: (logId: string) => void): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let text = '';
  return new TransformStream({
    transform(piece, controller) {
      if (text.length < LOOK_AT_BYTES) text += decoder.decode(piece, { stream: true });
      controller.enqueue(piece);
    },
    flush() {
      // The tables of TikTok's pages say `logid`, its examples `log_id`.
      const logId = /"log_?id"\s*:\s*"([^"\\]{1,100})"/.exec(text)?.[1];
      if (logId !== undefined) hear(logId);
    },
  });
}
