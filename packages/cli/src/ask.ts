import type { CliContext } from './context.ts';
import { CommandError } from './errors.ts';

type Streams = Pick<CliContext, 'stdin' | 'stderr'>;

/** One of several answers. */
export interface Answer<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

/** Whether somebody is there to answer. */
export function canAsk({ stdin }: Pick<CliContext, 'stdin'>): boolean {
  return stdin.isTTY === true;
}

/** Asks for a yes; without one nothing goes on. */
export async function askYes({ stdin, stderr }: Streams, message: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  const options = { message, initialValue: false, input: stdin, output: stderr };
  return answered<boolean>(await confirm(options));
}

/** Asks for one of several answers. None is chosen beforehand: the first that is shown is none of them. */
export async function askOne<Value extends string>(
  { stdin, stderr }: Streams,
  message: string,
  answers: readonly Answer<Value>[],
): Promise<Value> {
  const { select } = await import('@clack/prompts');
  const options = [{ value: '', label: '(choose)' }, ...answers];
  for (;;) {
    const value = answered(await select({ message, options, input: stdin, output: stderr }));
    const chosen = answers.find((one) => one.value === value);
    if (chosen !== undefined) return chosen.value;
  }
}

/** Asks for any number of answers, also none. None is chosen beforehand. */
export async function askSome<Value extends string>(
  { stdin, stderr }: Streams,
  message: string,
  answers: readonly Answer<Value>[],
): Promise<Value[]> {
  const { multiselect } = await import('@clack/prompts');
  const chosen = answered<string[]>(
    await multiselect<string>({
      message,
      options: [...answers],
      required: false,
      input: stdin,
      output: stderr,
    }),
  );
  return answers.flatMap(({ value }) => (chosen.includes(value) ? value : []));
}

/** A person who presses Ctrl-C at a question wants nothing. */
function answered<Value extends string | boolean | readonly string[]>(
  answer: Value | symbol,
): Value {
  if (typeof answer === 'symbol') throw new CommandError('Nothing was changed.');
  return answer;
}
