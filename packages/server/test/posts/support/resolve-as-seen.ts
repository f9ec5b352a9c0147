import type { BodyOf, Client, Operations } from '@greenroom/contract';

/** Says what became of a post, as somebody who has looked at the account since its last attempt. */
export async function resolveAsSeen(
  api: Pick<Client, 'getPost' | 'resolvePost'>,
  id: string,
  found: Omit<BodyOf<Operations['resolvePost']>, 'attempts'>,
) {
  const { attempts } = await api.getPost({ id });
  return api.resolvePost({ id, attempts, ...found });
}
