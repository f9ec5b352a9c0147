import type { CliContext } from '../context.ts';

/** Says everything that happens in the workspace, a line each, until Ctrl-C. */
export async function watchAll(context: CliContext, signal: AbortSignal): Promise<void> {
  const { liveEvents } = await import('@greenroom/contract');
  const { url: baseUrl, apiKey } = await context.findServer();
  context.output.talk('Listening; Ctrl-C ends it, and nothing else.');
  for await (const message of liveEvents({ baseUrl, apiKey, signal })) {
    if (message.kind !== 'event') continue;
    const { event } = message;
    context.output.print(event, () => {
      const subject = event.post_id ?? event.account_id ?? '';
      const facts = Object.entries(event.details).map(([name, fact]) => `${name}=${String(fact)}`);
      return [event.at, event.type, subject, ...facts].join(' ');
    });
  }
}
