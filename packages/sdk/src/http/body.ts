import { TikTokNetworkError } from '../errors.ts';
import { type ApiRequest, factsOf } from './request.ts';

// Twenty videos with all their fields stay far below; a proxy's endless page does not.
const LARGEST_ANSWER = 4 * 1024 * 1024;

/** Reads the body of an answer as text, up to 4 MiB of it. */
export async function readText(response: Response, request: ApiRequest): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  // By its reader, because not every runtime's streams are iterable.
  const reader = response.body.getReader();
  let text = '';
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.byteLength;
      if (size > LARGEST_ANSWER) {
        const facts = factsOf(request, 'answer_too_large', `over ${size} bytes`, response.status);
        throw new TikTokNetworkError(facts);
      }
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel();
  }
}
