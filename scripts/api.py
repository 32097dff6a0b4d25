#!/usr/bin/env python3
"""The public interface of the modules that plugins use, as text: docs/plugin-api.md.

    scripts/api.py check     compares docs/api with the modules in .build/debug; ends with 1 where they differ
    scripts/api.py write     takes over what the modules have
    scripts/api.py docc      builds the documentation of the modules into .build/docc; a warning ends with 1

The modules must be built: swift build --target ArbdTestKit
"""

import json
import pathlib
import platform
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULES = ["ArbdFramework", "ArbdTestKit"]
GRAPHS = ROOT / ".build/symbol-graphs"
LISTS = ROOT / "docs/api"


def extract():
    """The symbol graphs of what is public."""
    shutil.rmtree(GRAPHS, ignore_errors=True)
    for module in MODULES:
        folder = GRAPHS / module
        folder.mkdir(parents=True)
        subprocess.run(
            ["swift-symbolgraph-extract", "-module-name", module, "-I", ROOT / ".build/debug/Modules",
             "-I", ROOT / "Sources/CLibraries/COpenSSL", "-target", f"{platform.machine()}-unknown-linux-gnu",
             "-minimum-access-level", "public", "-skip-inherited-docs", "-skip-synthesized-members",
             "-output-dir", folder], check=True)


def declaration(symbol):
    return " ".join("".join(part["spelling"] for part in symbol["declarationFragments"]).split())


def lines(module):
    """A line for each public declaration and each conformance, in an order that no edit of a source changes."""
    found = set()
    for path in sorted((GRAPHS / module).glob("*.symbols.json")):
        graph = json.loads(path.read_text())
        roles = {"requirementOf": "requirement ", "defaultImplementationOf": "default "}
        role = {relation["source"]: roles[relation["kind"]]
                for relation in graph["relationships"] if relation["kind"] in roles}
        names = {}
        for symbol in graph["symbols"]:
            owner = ".".join(symbol["pathComponents"][:-1])
            precise = symbol["identifier"]["precise"]
            names[precise] = ".".join(symbol["pathComponents"])
            text = role.get(precise, "") + declaration(symbol)
            found.add(f"{owner}: {text}" if owner else text)
        for relation in graph["relationships"]:
            if relation["kind"] == "conformsTo" and relation["source"] in names:
                target = names.get(relation["target"]) or relation.get("targetFallback") or relation["target"]
                found.add(f"{names[relation['source']]} conforms to {target}")
    return sorted(found)


def breaks(line, old, new):
    """Whether a line that was not there before breaks those who conform, or who switch over all cases."""
    owner = line.split(": ")[0]
    if not any(other.startswith((f"{owner}: ", f"{owner} conforms")) for other in old):
        return False
    if ": requirement " in line:
        return line.replace(": requirement ", ": default ", 1) not in new
    return ": case " in line


def check():
    broken = added = False
    for module in MODULES:
        path = LISTS / f"{module}.txt"
        old = set(path.read_text().splitlines()) if path.exists() else set()
        new = set(lines(module))
        for line in sorted(old - new):
            broken = True
            print(f"{module}: gone or changed: {line}")
        for line in sorted(new - old):
            added = True
            breaking = breaks(line, old, new)
            broken = broken or breaking
            print(f"{module}: {'new, which breaks those before it' if breaking else 'new'}: {line}")
    if broken:
        print("The public interface is not what it was. If that is meant: `make api`, and a line in docs/plugin-api.md.")
    elif added:
        print("The public interface has grown. If that is meant: `make api`.")
    return 1 if broken or added else 0


def write():
    LISTS.mkdir(exist_ok=True)
    for module in MODULES:
        (LISTS / f"{module}.txt").write_text("".join(f"{line}\n" for line in lines(module)))
    return 0


def docc():
    for module in MODULES:
        output = ROOT / f".build/docc/{module}.doccarchive"
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["docc", "convert", ROOT / f"docs/{module}.docc", "--additional-symbol-graph-dir", GRAPHS / module,
             "--fallback-display-name", module, "--fallback-bundle-identifier", f"arbd.{module}",
             "--warnings-as-errors", "--output-path", output])
        if done.returncode != 0:
            return 1
        print(output.relative_to(ROOT))
    return 0


def main():
    actions = {"check": check, "write": write, "docc": docc}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit(__doc__)
    extract()
    sys.exit(actions[sys.argv[1]]())


main()
