# What the recorder costs, as tables in Markdown: a row for what it takes down.

def row: "| " + join(" | ") + " |";
def once: reduce .[] as $item ([]; if index([$item]) then . else . + [$item] end);

# Instructions are whole numbers; bytes of a channel are not.
def mean: .sum / .count | if . < 20 then . * 10 | round / 10 else round end | tostring;

. as $all
| ["allocated", "freed", "resized", "no room", "sent", "bytes on the channel"] as $columns
| map(.machine) | once[]
| . as $machine
| (["\($machine): each event has"] + $columns | row, (map("---") | row)),
  ( $all | map(.recorder) | once[]
    | . as $name
    | [$name] + ($columns | map(
        . as $of
        | $all[] | select(.machine == $machine and .recorder == $name and .of == $of) | mean))
    | row ),
  ""
