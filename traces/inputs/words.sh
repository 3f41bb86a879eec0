# Counts and sorts words, with nothing but the shell: arrays, patterns, functions, here-documents.

declare -A count
declare -a order

text() {
  local -a syllable=(ba ko ri ne tu sa lo mi fe gor)
  local line word seed=11 i j
  for ((i = 0; i < 40; i++)); do
    line=
    for ((j = 0; j < 12; j++)); do
      ((seed = (seed * 1103515245 + 12345) % 2147483648))
      word=${syllable[seed / 65536 % 10]}
      ((seed % 3)) && word+=${syllable[seed / 1048576 % 10]}
      line+="${word^}, "
    done
    lines+=("${line%, }.")
  done
}

normalise() {
  local word=${1,,}
  word=${word//[^a-z]/}
  REPLY=$word
}

sort_words() {
  local i j key
  for ((i = 1; i < ${#order[@]}; i++)); do
    key=${order[i]}
    for ((j = i - 1; j >= 0 && count[${order[j]}] < count[$key]; j--)); do
      order[j + 1]=${order[j]}
    done
    order[j + 1]=$key
  done
}

lines=()
text
for line in "${lines[@]}"; do
  for word in $line; do
    normalise "$word"
    [[ -v count[$REPLY] ]] || order+=("$REPLY")
    ((count[$REPLY] += 1))
  done
done
sort_words
for word in "${order[@]:0:10}"; do
  printf -v row '%-10s %5d' "$word" "${count[$word]}"
  case $row in
    g*) echo "$row !" ;;
    *[0-9]) echo "$row" ;;
  esac
done
while IFS=': ' read -r key value; do
  settings+="$key=${value@Q};"
done <<END
name: word count
lines: ${#lines[@]}
words: ${#order[@]}
END
eval "declare $settings"
echo "$name: $lines lines, $words words"
