" A text is written, changed, sorted, undone and searched, as an editing session would.
set nocompatible undolevels=1000 nomore
let s:seed = 11
function s:Dice(n)
  let s:seed = (s:seed * 1103515 + 12345) % 1073741824
  return s:seed / 1024 % a:n
endfunction
let s:words = split('pump valve tank meter pipe flow level alarm relay motor sensor filter gauge switch drain')
for s:line in range(1, 600)
  let s:text = 's' . s:line . ':'
  for s:word in range(3 + s:Dice(9))
    let s:text .= ' ' . s:words[s:Dice(len(s:words))]
  endfor
  call append('$', s:text . ' = ' . s:Dice(10000))
endfor
1delete
%s/\<\(pump\|motor\)\>/\U\1/g
%s/= \(\d\+\)/\='= ' . printf('%05d', submatch(1) * 3)/
g/alarm.*alarm/move 0
g/drain/copy $
undo
redo
%sort /= /
%!cat
g/^s\d*5:/normal dwA (moved)
v/relay/s/$/ ./
let s:counts = {}
for s:line in getline(1, '$')
  for s:word in split(s:line, '\W\+')
    let s:counts[s:word] = get(s:counts, s:word, 0) + 1
  endfor
endfor
for s:key in sort(keys(s:counts))[0:200]
  call append('$', printf('%-12s %d', s:key, s:counts[s:key]))
endfor
for s:round in range(40)
  execute (1 + s:Dice(500))
  execute '.,+' . s:Dice(30) . 'yank a'
  execute (1 + s:Dice(500)) . 'put a'
  execute (1 + s:Dice(500))
  execute '.,+' . s:Dice(20) . 'delete b'
  if s:round % 3 == 0
    undo
  endif
  execute (1 + s:Dice(400))
  .,+10join
endfor
syntax on
write! edited.txt
quitall!
