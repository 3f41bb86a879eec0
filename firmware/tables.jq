# The image's lines of JSON as tables in Markdown.

def row: "| " + join(" | ") + " |";

# Counts of several kinds together, as "mean / max"; a dash for none.
def mean_and_max:
  if length == 0 then "–"
  else "\((map(.sum) | add) / (map(.count) | add) | round) / \(map(.max) | max)" end;

# The most, at each length of the lists.
def most:
  . as $counts
  | [50, 200, 800]
  | map(. as $length | $counts | map(select(.blocks == $length).max) | max // "–" | tostring)
  | join(" / ");

# Those of a list, each once, in the order in which they first appear.
def once: reduce .[] as $item ([]; if index([$item]) then . else . + [$item] end);

# A row for each configuration that has such counts, a cell for each operation.
def table($title; $scenarios; $operations; cell):
  map(select(.scenario | IN($scenarios[]))) as $counts
  | [$title] + $operations
  | row, (map("---") | row),
    ( $counts | map(.configuration) | once[]
      | . as $name
      | [$name] + ($operations | map(
          . as $operation
          | $counts | map(select(.configuration == $name and .operation == $operation)) | cell))
      | row ),
    "";

map(select(.configuration))
| table("everyday, mean / max"; ["churn", "nearly full", "merging"];
    ["allocate", "free", "resize in place", "resize by copying"]; mean_and_max),
  table("churn, mean / max"; ["churn"];
    ["allocate", "free", "resize in place", "resize by copying"]; mean_and_max),
  table("nearly full heap, mean / max"; ["nearly full"];
    ["allocate", "allocate, refused", "free", "resize, refused"]; mean_and_max),
  table("most, 50 / 200 / 800 free blocks"; ["long lists"];
    ["allocate, refused", "allocate", "free"]; most),
  table("slab, allocate, mean / max"; ["slab"];
    ["allocate, slot", "allocate, first slot of a new slab", "allocate, no slab left", "allocate, refused"]; mean_and_max),
  table("slab, free, mean / max"; ["slab"];
    ["free, slot", "free, last slot of a slab", "free, block"]; mean_and_max)
