# bash completion for pando. Words come from the command's own --help, so they are never stale.

_pando_words() {
  "$1" "${@:2}" --help 2>/dev/null
}

_pando() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local word subcommand='' subcommands
  COMPREPLY=()
  subcommands=$(_pando_words "${COMP_WORDS[0]}" |
    awk '/^Subcommands:/ {on = 1; next} /^[^ ]/ {on = 0} on && /^  [a-z]/ {print $1}')
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if grep -Fqx -- "$word" <<<"$subcommands"; then
      subcommand=$word
      break
    fi
  done

  case "$previous" in
    -c | --config | -f | --file)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --format)
      local formats
      formats=$(_pando_words "${COMP_WORDS[0]}" "$subcommand" |
        awk '$1 == "--format" {gsub(/\|/, " ", $2); print $2; exit}')
      mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$current")
      return
      ;;
  esac
  if [[ $current == -* ]]; then
    local options
    options=$(_pando_words "${COMP_WORDS[0]}" ${subcommand:+"$subcommand"} |
      awk '/^  -/ {gsub(/,/, " ", $1); print $1}')
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ -z $subcommand ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$subcommands" -- "$current")
  fi
}

complete -F _pando pando
