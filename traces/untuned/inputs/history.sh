# A small repository with some history: files that grow, change, move and branch. Always the same commits.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=$PWD
export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.org
git init -q -b main repository
cd repository
mkdir src docs
for number in $(seq 60); do
  export GIT_AUTHOR_DATE="2024-01-01T00:$(printf %02d $((number % 60))):00Z" GIT_COMMITTER_DATE="2024-01-01T00:$(printf %02d $((number % 60))):00Z"
  for file in $(seq $((number % 4 + 1))); do
    seq -f "line %g of version $number" $((number % 7 * 5 + 3)) >>src/part$(((number * file) % 9)).c
    sed -i "$((number % 20 + 1))s/line/row/" src/part$(((number * file) % 9)).c
  done
  echo "Version $number does $((number * 37 % 101)) things." >>docs/news.txt
  [ $((number % 15)) -ne 0 ] || git mv "$(git ls-files src | head -1)" "src/moved$number.c"
  git add -A
  git commit -q -m "Version $number" -m "It changes $((number % 4 + 1)) files."
done
