-- Builds an index of generated text: documents, words, positions; then searches it, changes documents, and ranks them.

local seed = 7
local function random(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % n
end

local syllables = { "ba", "ko", "ri", "ne", "tu", "sa", "lo", "mi", "fe", "gor", "han", "dil", "pes", "war", "ost", "uk" }
local function word()
  local parts = {}
  for _ = 1, 1 + random(3) do parts[#parts + 1] = syllables[1 + random(random(2) == 0 and 4 or #syllables)] end
  return table.concat(parts)
end

local index, documents = {}, {}

local function add(id, text)
  local document = { id = id, text = text, words = 0, counts = {} }
  for found in text:gmatch("%a+") do
    document.words = document.words + 1
    document.counts[found] = (document.counts[found] or 0) + 1
    local postings = index[found]
    if not postings then postings = {}; index[found] = postings end
    local positions = postings[id]
    if not positions then positions = {}; postings[id] = positions end
    positions[#positions + 1] = document.words
  end
  documents[id] = document
end

local function remove(id)
  for found in pairs(documents[id].counts) do
    index[found][id] = nil
    if next(index[found]) == nil then index[found] = nil end
  end
  documents[id] = nil
end

local function make()
  local words = {}
  for _ = 1, 40 + random(120) do words[#words + 1] = word() end
  return table.concat(words, " ")
end

local function search(...)
  local scores = {}
  for _, wanted in ipairs { ... } do
    for id, positions in pairs(index[wanted] or {}) do
      scores[id] = (scores[id] or 0) + #positions / documents[id].words
    end
  end
  local ranked = {}
  for id, score in pairs(scores) do ranked[#ranked + 1] = { id = id, score = score } end
  table.sort(ranked, function(a, b) return a.score > b.score or a.score == b.score and a.id < b.id end)
  return ranked
end

for id = 1, 120 do add(id, make()) end
local hits = 0
for round = 1, 300 do
  hits = hits + #search(word(), word(), word())
  local id = 1 + random(120)
  remove(id)
  add(id, make())
end
print(hits)
