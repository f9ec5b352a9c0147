/** What the control API answered when it refused, or that it did not answer. */
class ApiError extends Error {}

/** Calls the control API: `/_emulator/` and the path. */
export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/_emulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  } catch (error) {
    throw new ApiError('The emulator does not answer.', { cause: error });
  }
  const text = await response.text();
  const answer = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw new ApiError(answer?.error?.message ?? `Status ${response.status}.`);
  return answer;
}

export const get = (path) => call('GET', path);
export const post = (path, body) => call('POST', path, body);
