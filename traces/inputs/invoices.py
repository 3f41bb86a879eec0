"""Makes invoices, writes them as JSON, reads them again, sums them up: with the standard library."""

import collections
import json
import random
import re

chance = random.Random(1)


def invoice(number):
    lines = [
        {"article": f"A-{chance.randrange(500):04}", "pieces": chance.randrange(1, 20), "cents": chance.randrange(99, 99999)}
        for _ in range(chance.randrange(1, 12))
    ]
    return {"number": number, "customer": {"name": f"Customer {number % 90}", "town": "Town %d" % (number % 13)}, "lines": lines}


totals = collections.defaultdict(int)
articles = collections.Counter()
for month in range(6):
    text = json.dumps([invoice(month * 1000 + n) for n in range(150)], indent=1, sort_keys=True)
    for found in json.loads(text):
        total = sum(line["pieces"] * line["cents"] for line in found["lines"])
        totals[found["customer"]["town"]] += total
        articles.update(line["article"] for line in found["lines"])
    large = re.findall(r'"pieces": (1\d)', text)
    print(month, len(text), len(large))
print(json.dumps({"totals": totals, "best": articles.most_common(5)}))
