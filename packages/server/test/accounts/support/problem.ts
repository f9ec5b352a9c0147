import { GreenroomError, type MetProblem } from '@greenroom/contract';

/** The problem document that a call of the API is answered with. */
export async function problemOf(call: Promise<unknown>): Promise<MetProblem> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GreenroomError && error.problem !== undefined) return error.problem;
    throw error;
  }
  throw new Error('The call was not refused.');
}
