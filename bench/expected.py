#!/usr/bin/env python3
"""What queries A-F must give, from the .ndjson files alone: rows, and sums of the numeric columns.

    expected.py DIR        one line a query, as measure.py compares it
"""
import sys
from collections import Counter, defaultdict


def field(line, name, end=","):
    at = line.index(f'"{name}":') + len(name) + 3
    return line[at:line.index(end, at)]


def seconds(line):
    """Since midnight: the data covers less than a day."""
    at = line.index('"dateTime":"') + 12
    return int(line[at + 11:at + 13]) * 3600 + int(line[at + 14:at + 16]) * 60 + int(line[at + 17:at + 19])


def expected(directory):
    """Query -> (rows, sum of each of the leading BIGINT columns of its result); None where rows are not kept."""
    bids = 0
    filtered = [0, 0, 0]
    tumbling = {}  # (auction, window) -> count, sum and maximum of price, sum of bidder
    slices = Counter()
    channels = defaultdict(int)
    with open(f"{directory}/bids.ndjson", encoding="ascii") as lines:
        for line in lines:
            auction, bidder, price = (int(field(line, name)) for name in ("auction", "bidder", "price"))
            second = seconds(line)
            bids += 1
            channels[field(line, "channel")] += 1
            if auction % 123 == 0:
                filtered[0] += 1
                filtered[1] += auction
                filtered[2] += price
            group = tumbling.setdefault((auction, second // 10), [0, 0, 0, 0])
            group[0] += 1
            group[1] += price
            group[2] = max(group[2], price)
            group[3] += bidder
            slices[auction, second // 2] += 1
    hopping = Counter()
    for (auction, number), count in slices.items():
        for back in range(5):
            hopping[auction, number - back] += count
    joined = [0, 0, 0, 0]
    with open(f"{directory}/auctions.ndjson", encoding="ascii") as lines:
        for line in lines:
            auction = int(field(line, "id"))
            group = tumbling.get((auction, seconds(line) // 10))
            if group:
                count, prices, _, bidders = group
                joined = [a + b for a, b in zip(joined, (count, auction * count, bidders, prices))]
    return {
        "A": {"rows": filtered[0], "sums": {0: filtered[1], 1: filtered[2]}},
        "B": {"rows": bids, "sums": {}},
        "C": {"rows": len(tumbling),
              "sums": {0: sum(auction for auction, _ in tumbling), 2: bids,
                       3: sum(g[1] for g in tumbling.values()), 4: sum(g[2] for g in tumbling.values())}},
        "D": {"rows": len(hopping), "sums": {0: sum(auction for auction, _ in hopping), 2: sum(hopping.values())}},
        "E": {"rows": 2 * bids - len(channels), "sums": {}},  # every bid updates: +I, then -U and +U
        "F": {"rows": joined[0], "sums": {0: joined[1], 3: joined[2], 4: joined[3]}},
    }


if __name__ == "__main__":
    for query, result in expected(sys.argv[1]).items():
        print(query, "rows", result["rows"], *(f"column {c} {total}" for c, total in result["sums"].items()))
