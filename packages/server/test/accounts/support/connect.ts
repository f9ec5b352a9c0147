import type { ControlBody } from '@greenroom/emulator';
import type { TestWorkspace, World } from './world.ts';

type Decision = Omit<ControlBody<'decideConsent'>, 'authorize_url'>;

/** The parameters of TikTok's redirect, decoded once, as a page or a command line reads them. */
export interface Callback {
  readonly state: string;
  readonly code?: string;
  readonly [parameter: string]: string | undefined;
}

/** Decides a consent page as the creator would, and reads where the browser is sent. */
export async function consent(
  world: World,
  authorizeUrl: string,
  decision: Decision,
): Promise<Callback> {
  const { redirect_url } = await world.tiktok.control.decideConsent({
    authorize_url: authorizeUrl,
    ...decision,
  });
  const parameters = Object.fromEntries(new URL(redirect_url).searchParams);
  return { state: '', ...parameters };
}

/** Begins a connection and lets the creator consent. */
export async function comeBack(
  world: World,
  { api }: TestWorkspace,
  decision: Partial<Decision> = {},
  request: Parameters<TestWorkspace['api']['startConnection']>[0] = {},
): Promise<Callback> {
  const { authorize_url } = await api.startConnection(request);
  const whole = { username: 'public_creator', decision: 'allow' as const, ...decision };
  return consent(world, authorize_url ?? '', whole);
}

/** Connects an account from beginning to end. */
export async function connect(
  world: World,
  workspace: TestWorkspace,
  decision: Partial<Decision> = {},
  request: Parameters<TestWorkspace['api']['startConnection']>[0] = {},
) {
  const callback = await comeBack(world, workspace, decision, request);
  return workspace.api.completeConnection(callback);
}
