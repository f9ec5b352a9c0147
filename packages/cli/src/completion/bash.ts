import type { Choice, Place } from './tree.ts';

/** Writes a completion for bash, 3.2 (macOS) or later. */
export function toBashCompletion(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `# Completion of greenroom for bash. Load it with: source <(greenroom completion bash)
_greenroom() {
  local path="" option="" previous="" current="" word words="" i
  COMPREPLY=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # Bash splits words at colons: accounts:read comes as three.
    if [[ $word == :* || $current == *: ]]; then current+=$word; continue; fi
    previous=$current current=$word
    [[ $previous != -* ]] || option=$previous
    case "\${path:+$path }$previous" in
      ${paths.map(quote).join('|')}) path=\${path:+$path }$previous ;;
    esac
  done
  [[ $current == -* ]] || case "$path $option" in
${places.flatMap((place) => toChoiceCases(place, true)).join('\n')}
  esac
  [[ -n $words ]] || case "$path $previous" in
${places.flatMap((place) => [...toChoiceCases(place, false), ...toAnyCases(place)]).join('\n')}
    *) case "$path" in
${places.map(toWordsCase).join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  # What stands before the last colon stays as it was typed.
  [[ $COMP_WORDBREAKS != *:* ]] || COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*:}"}"}")
}
complete -o default -F _greenroom greenroom
`;
}

function toWordsCase({ path, words }: Place): string {
  return `      ${quote(path)}) words=${quote(words.map(({ text }) => text).join(' '))} ;;`;
}

function toChoiceCases({ choices, path }: Place, isVariadic: boolean): string[] {
  return choices
    .filter((choice) => choice.isVariadic === isVariadic)
    .map(({ flag, values }: Choice) => {
      return `    ${quote(`${path} ${flag}`)}) words=${quote(values.join(' '))} ;;`;
    });
}

/** Nothing of ours fits: bash offers files. */
function toAnyCases({ path, valued }: Place): string[] {
  return valued.map((flag) => `    ${quote(`${path} ${flag}`)}) return ;;`);
}

function quote(text: string): string {
  return `'${text}'`;
}
