"""A sink for arbd that appends alerts to a file, each once: a batch that comes again is recognised by its ids."""

import json
import os

import arbd


def main():
    request = arbd.begin()
    path = request.options["path"]
    known = set()
    if os.path.exists(path):
        with open(path) as lines:
            known = {json.loads(line)["id"] for line in lines}
    with open(path, "a") as file:
        for batch in arbd.batches(request):
            for alert in batch.records:
                if alert["id"] not in known:
                    known.add(alert["id"])
                    file.write(json.dumps(alert) + "\n")
            file.flush()
            os.fsync(file.fileno())
            batch.delivered()


main()
