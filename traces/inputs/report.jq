# Groups the devices, sums up their readings, and lists what needs care.
def mean: if length == 0 then null else add / length end;
{
  sites: (group_by(.site) | map({
    key: .[0].site,
    value: {
      devices: length,
      mean: (map(.readings[].celsius) | mean | . * 100 | floor / 100),
      hottest: (max_by(.readings | map(.celsius) | max) | .id),
      tags: (map(.tags[]) | group_by(.) | map({tag: .[0], count: length}) | sort_by(-.count)[:5])
    }
  }) | from_entries),
  outdated: [.[] | select((.firmware | split(".") | map(tonumber)) < [1, 5]) | .id | ltrimstr("device-") | tonumber] | sort,
  faulty: [.[] | {id, bad: [.readings[] | select(.ok | not) | .at]} | select(.bad | length > 3)]
}
