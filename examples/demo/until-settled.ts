const DEADLINE_MS = 60_000;

/**
 * Asks again and again until the answer is what is waited for.
 *
 * @throws If that takes more than a minute.
 */
export async function untilSettled<T>(
  ask: () => Promise<T>,
  isSettled: (answer: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (isSettled(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`this was not settled within a minute: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
