# Generates what a fleet of devices might have reported: run with -n.
[range(350) | . as $i | {
  id: "device-\($i)",
  site: ["north", "south", "east", "west"][$i % 4],
  firmware: "\($i % 3).\($i * 7 % 10).\($i * 13 % 20)",
  tags: [range($i % 5) | "tag\(. * $i % 17)"],
  readings: [range(12) | {at: (. * 300 + $i), celsius: (($i * 37 + . * 11) % 400 / 10), ok: (. * $i % 9 != 0)}]
}]
