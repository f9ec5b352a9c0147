import type { Place, Word } from './tree.ts';

/** Writes a completion for zsh, with the description of each word. */
export function toZshCompletion(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `#compdef greenroom
# Completion of greenroom for zsh. Load it with: source <(greenroom completion zsh)
_greenroom() {
  # "path" is a name that zsh itself uses.
  local place="" word previous=\${words[CURRENT-1]}
  local -a entries
  local -i i
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case "\${place:+$place }$word" in
      ${paths.map((path) => `(${quote(path)})`).join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $previous" in
${places.flatMap(toValueCases).join('\n')}
  esac
  case "$place" in
${places.map(toWordsCase).join('\n')}
  esac
  _describe 'greenroom' entries
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u }
compdef _greenroom greenroom
`;
}

function toWordsCase({ path, words }: Place): string {
  return `    (${quote(path)}) entries=(${words.map(toEntry).join(' ')}) ;;`;
}

function toValueCases({ choices, path, valued }: Place): string[] {
  const chosen = choices.map(
    ({ flag, values }) =>
      `    (${quote(`${path} ${flag}`)}) compadd -- ${values.map(quote).join(' ')}; return ;;`,
  );
  const any = valued.map((flag) => `    (${quote(`${path} ${flag}`)}) _files; return ;;`);
  return [...chosen, ...any];
}

function toEntry({ description, text }: Word): string {
  return quote(`${text.replaceAll(':', '\\:')}:${description}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
