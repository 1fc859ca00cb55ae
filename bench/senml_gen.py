#!/usr/bin/env python3
"""SenML packs of a city's sensors, one a line.

    senml_gen.py LINES [FILE] > senml.json

FILE: lines "MILLIS,PACK" as the RIoTBench smart-city files have them, looped with shifted time. Without it, a thousand
packs of the same shape are generated. Every loop begins a minute after the one before has ended.
"""
import random
import re
import sys

LOOP = 1000
MINUTE_MS = 60_000


def generated():
    chance = random.Random(7)
    at_ms = 1_422_748_800_000
    for _ in range(LOOP):
        at_ms += chance.choice((0, 0, 60, 120))
        entries = f'{{"u":"string","n":"source","sv":"ci4lr75sl000802ypo4qrcj{chance.randrange(10, 99)}"}}'
        for name, unit, low, high in (("longitude", "lon", -180, 180), ("latitude", "lat", -90, 90),
                                      ("temperature", "far", -15, 45), ("humidity", "per", 10, 95),
                                      ("light", "per", 0, 1000), ("dust", "per", 180, 5200),
                                      ("airquality_raw", "per", 10, 200)):
            entries += f',{{"v":"{chance.uniform(low, high):.2f}","u":"{unit}","n":"{name}"}}'
        yield f'{{"e":[{entries}],"bt":{at_ms}}}'


def main():
    count = int(sys.argv[1])
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as lines:
            packs = [line.rstrip().split(",", 1)[1] for line in lines]
    else:
        packs = list(generated())
    times = [int(re.search(r'"bt":(\d+)', pack)[1]) for pack in packs]
    length_ms = (max(times) - min(times)) // MINUTE_MS * MINUTE_MS + 2 * MINUTE_MS
    around = [pack.split(f'"bt":{at}') for pack, at in zip(packs, times)]
    for i in range(count):
        loop, place = divmod(i, len(packs))
        before, after = around[place]
        sys.stdout.write(f'{before}"bt":{times[place] + loop * length_ms}{after}\n')


if __name__ == "__main__":
    main()
