# blind.py FILE...: for each file, which ends with an exit status after what "selfdock check --json"
# printed: its name, the status, and the checks that are unknown. Says where it is not the JSON
# that the page promises.
import json
import os
import sys

CHECKS = (
    "kernel userns binary limits proc filter landlock terminal pid1 start".split()
    + "directory names home tmp".split()
)

for path in sys.argv[1:]:
    text, status = open(path, errors="replace").read().rstrip("\n").rsplit("\n", 1)
    try:
        found = json.loads(text)
        checks = found["checks"]
        fits = [check["name"] for check in checks] == CHECKS and all(
            check["verdict"] in ("good", "note", "suspect", "bad", "unknown") and check["text"]
            for check in checks
        )
        fits = fits and list(found) == ["checks", "works"] and found["works"] == (status == "0")
        said = [check["name"] for check in checks if check["verdict"] == "unknown"]
    except ValueError:
        fits, said = False, [text]
    print(os.path.basename(path), status, *([] if fits else ["no JSON:"]), *said)
