import type { Place } from './tree.ts';

/** Writes a completion for bash, 3.2 (macOS) or later. */
export function toBashCompletion(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `# Completion of greenroom for bash. Load it with: source <(greenroom completion bash)
_greenroom() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local path="" word words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "\${path:+$path }$word" in
      ${paths.map(quote).join('|')}) path=\${path:+$path }$word ;;
    esac
  done
  case "$path $previous" in
${places.flatMap(toValueCases).join('\n')}
  esac
  case "$path" in
${places.map(toWordsCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _greenroom greenroom
`;
}

function toWordsCase({ path, words }: Place): string {
  return `    ${quote(path)}) words=${quote(words.map(({ text }) => text).join(' '))} ;;`;
}

function toValueCases({ choices, path, valued }: Place): string[] {
  const chosen = choices.map(
    ({ flag, values }) =>
      `    ${quote(`${path} ${flag}`)}) COMPREPLY=($(compgen -W ${quote(values.join(' '))} -- "$current")); return ;;`,
  );
  // Nothing of ours fits: bash offers files.
  const any = valued.map((flag) => `    ${quote(`${path} ${flag}`)}) COMPREPLY=(); return ;;`);
  return [...chosen, ...any];
}

function quote(text: string): string {
  return `'${text}'`;
}
