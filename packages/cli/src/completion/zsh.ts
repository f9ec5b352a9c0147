import type { Choice, Place, Word } from './tree.ts';

/** Writes a completion for zsh, with the description of each word. */
export function toZshCompletion(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `#compdef greenroom
# Completion of greenroom for zsh. Load it with: source <(greenroom completion zsh)
_greenroom() {
  # "path" is a name that zsh itself uses.
  local place="" option="" word previous=\${words[CURRENT-1]}
  local -a entries
  local -i i
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    [[ $word != -* ]] || option=$word
    case "\${place:+$place }$word" in
      ${paths.map((path) => `(${quote(path)})`).join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  [[ $words[CURRENT] == -* ]] || case "$place $option" in
${places.flatMap((place) => toChoiceCases(place, true)).join('\n')}
  esac
  case "$place $previous" in
${places.flatMap((place) => [...toChoiceCases(place, false), ...toAnyCases(place)]).join('\n')}
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

function toChoiceCases({ choices, path }: Place, isVariadic: boolean): string[] {
  return choices
    .filter((choice) => choice.isVariadic === isVariadic)
    .map(({ flag, values }: Choice) => {
      const offered = values.map(quote).join(' ');
      return `    (${quote(`${path} ${flag}`)}) compadd -- ${offered}; return ;;`;
    });
}

function toAnyCases({ path, valued }: Place): string[] {
  return valued.map((flag) => `    (${quote(`${path} ${flag}`)}) _files; return ;;`);
}

function toEntry({ description, text }: Word): string {
  return quote(`${text.replaceAll(':', '\\:')}:${description}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
