import { Argument, type Command } from 'commander';
import type { CliContext } from '../context.ts';

/** `greenroom completion`: prints a script that lets the shell complete commands and options. */
export function registerCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('print the completion for your shell')
    .addArgument(new Argument('<shell>', 'bash or zsh').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      '\nbash: add `source <(greenroom completion bash)` to ~/.bashrc\nzsh:  add `source <(greenroom completion zsh)` to ~/.zshrc',
    )
    .action(async (shell: 'bash' | 'zsh') => {
      context.stdout.write(await writeCompletion(shell, program));
    });
}

async function writeCompletion(shell: 'bash' | 'zsh', program: Command): Promise<string> {
  const { listPlaces } = await import('../completion/tree.ts');
  const places = listPlaces(program);
  return shell === 'bash'
    ? (await import('../completion/bash.ts')).toBashCompletion(places)
    : (await import('../completion/zsh.ts')).toZshCompletion(places);
}
