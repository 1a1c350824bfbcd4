"""Compares two optimizers: python train.py [address]. Needs Python's standard library only.

Where a token is needed: TOKEN=… python train.py
"""
import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}
if "TOKEN" in os.environ:
    HEADERS["Authorization"] = f"Bearer {os.environ['TOKEN']}"


def ask(method, path, body=None):
    """The answer's JSON; what goes wrong is one sentence in `detail`."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(URL + path, data, HEADERS, method=method)) as answer:
            return json.load(answer)
    except HTTPError as error:
        sys.exit(json.load(error)["detail"])


sweep = ask("POST", "/sweeps", {"settings": {"epochs": 1}, "grid": {"optimizer": ["adam", "sgd"]}})
while sweep["state"] in ("queued", "running"):
    time.sleep(1)
    sweep = ask("GET", sweep["url"])

for trial in sweep["trials"]:
    low, high = trial["testInterval"]["low"], trial["testInterval"]["high"]
    print(f"{trial['settings']['optimizer']}: {trial['testAccuracy']:.2%} ({low:.2%} to {high:.2%})")

better, other = (trial["id"] for trial in sweep["trials"])
for pair in ask("GET", f"/compare?run={better}&run={other}")["pairs"]:
    print(pair["verdict"])
