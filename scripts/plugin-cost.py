#!/usr/bin/env python3
"""What it costs that an adapter comes from a file: docs/performance.md.

    scripts/plugin-cost.py [--arbd .build/release/arbd]

Compiles the built-in adapter of Binance a second time, under other names, into ten plugins. Counts instructions of a replay
through the one and the other (valgrind), and times the start with and without the ten.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FRAMES = 20_000

# valgrind 3.19 writes to the mask that sigsuspend is given, and dies where that is in memory that cannot be written to.
SIGSUSPEND = """
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
int sigsuspend(const sigset_t *mask) { sigset_t own = *mask; return (int)syscall(SYS_rt_sigsuspend, &own, 8); }
"""


def package(folder, count):
    """A package with `count` copies of the adapter, each a library and a venue of its own."""
    products, targets = [], []
    for number in range(count):
        name = f"Copy{number}Adapter"
        products.append(f'.library(name: "{name}", type: .static, targets: ["{name}"])')
        targets.append(f'.target(name: "{name}", dependencies: [.product(name: "ArbdFramework", package: "arbd")], '
                       "swiftSettings: settings)")
        sources = folder / "Sources" / name
        sources.mkdir(parents=True, exist_ok=True)
        for path in (ROOT / "Sources/Adapters/Binance").glob("*.swift"):
            text = path.read_text().replace('id: "binance"', f'id: "copy{number}"')
            (sources / path.name).write_text(text)
        (sources / "Plugin.swift").write_text(
            'import ArbdFramework\n@_cdecl("arbd_plugin_register")\n'
            "public func registerPlugins(_ registrar: UnsafeMutableRawPointer) {\n"
            "  PluginRegistrar.register(registrar) { $0.add(adapter: BinanceAdapter.self) }\n}\n")
    (folder / "Package.swift").write_text(
        "// swift-tools-version: 6.2\nimport PackageDescription\n"
        'let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), '
        '.enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility")]\n'
        f'let package = Package(name: "copies", products: [{", ".join(products)}], '
        f'dependencies: [.package(name: "arbd", path: "{ROOT}")], targets: [{", ".join(targets)}])\n')
    if (ROOT / "Package.resolved").exists():
        shutil.copy(ROOT / "Package.resolved", folder)


def capture(path, venue, count):
    """Frames of the demo's capture, over and over, a minute later each time; trades go on counting."""
    lines = [json.loads(line) for line in (ROOT / "Configs/quickstart.capture.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line["venue"] == "binance" and "frame" in line]
    with open(path, "w") as out:
        for number in range(count):
            line = dict(lines[number % len(lines)])
            turn = number // len(lines)
            line["venue"] = venue
            line["receive_time_us"] += turn * 60_000_000
            line["frame"] = re.sub(
                r'"(t|u)":(\d+)', lambda match: f'"{match[1]}":{int(match[2]) + turn * 1_000_000}', line["frame"])
            line["frame"] = re.sub(
                r'"(T|E)":(\d+)', lambda match: f'"{match[1]}":{int(match[2]) + turn * 60_000}', line["frame"])
            out.write(json.dumps(line, separators=(",", ":")) + "\n")


def configuration(path, venue, recording, plugins):
    path.write_text(json.dumps({
        "plugins": plugins,
        "sources": [{"type": "replay", "path": str(recording), "format": "capture", "adapters": [
            {"type": venue, "instruments": ["BTC-USDT", "ETH-USDT", "ETH-BTC"], "channels": ["trades", "quotes"]}]}],
        "detectors": [{"name": "triangle", "type": "cycle", "venues": [venue], "assets": ["USDT", "BTC", "ETH"],
                       "window": {"size": "1s"}, "price": "last", "threshold": {"gross_bps": 500}}],
        "sinks": [{"type": "jsonl", "path": "/dev/null"}]}))


def instructions(arbd, config, folder):
    (folder / "sigsuspend.c").write_text(SIGSUSPEND)
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "sigsuspend.c", "-o", "sigsuspend.so"], check=True,
                   cwd=folder)
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out", arbd, "--config", config],
        capture_output=True, text=True, cwd=folder, env={**os.environ, "LD_PRELOAD": f"{folder}/sigsuspend.so"})
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"plugin-cost: the run failed:\n{done.stderr}")
    return int(found[1])


def starts(arbd, configs, folder):
    """Median milliseconds of `arbd validate` with each configuration, in turn, so that both meet the same machine."""
    times = {config: [] for config in configs}
    for _ in range(31):
        for config in configs:
            begin = time.monotonic()
            subprocess.run([arbd, "validate", "--config", config], check=True, capture_output=True, cwd=folder)
            times[config].append(time.monotonic() - begin)
    return [statistics.median(times[config]) * 1_000 for config in configs]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arbd", default=ROOT / ".build/release/arbd", type=pathlib.Path)
    parser.add_argument("--keep", help="work in this folder and keep it, for the next time")
    arguments = parser.parse_args()
    arbd = arguments.arbd.resolve()
    with contextlib.nullcontext(arguments.keep) if arguments.keep else tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        folder.mkdir(exist_ok=True)
        os.chmod(folder, 0o755)
        package(folder / "copies", 10)
        plugins = [f"libCopy{number}Adapter.so" for number in range(10)]
        for number in range(10):
            subprocess.run([arbd, "build-plugin", "copies", "--product", f"Copy{number}Adapter"], check=True,
                           cwd=folder, stderr=subprocess.DEVNULL)
        costs = {}
        for venue, files in [("binance", []), ("copy0", plugins[:1])]:
            counts = []
            for count in [FRAMES, 2 * FRAMES]:
                capture(folder / "capture.jsonl", venue, count)
                configuration(folder / "config.json", venue, folder / "capture.jsonl", files)
                counts.append(instructions(arbd, "config.json", folder))
            costs[venue] = (counts[1] - counts[0]) / FRAMES
        ratio = costs["copy0"] / costs["binance"]
        print(f"instructions a frame: built in {costs['binance']:.0f}, from a file {costs['copy0']:.0f}: {ratio:.4f}")
        configuration(folder / "none.json", "binance", folder / "capture.jsonl", [])
        configuration(folder / "ten.json", "binance", folder / "capture.jsonl", plugins)
        none, ten = starts(arbd, ["none.json", "ten.json"], folder)
        more = ten - none
        print(f"start, median of 31: {none:.1f} ms, with ten files {ten:.1f} ms: {more:+.1f} ms")
        if ratio > 1.05 or more > 200:
            sys.exit("plugin-cost: more than 5 % or 200 ms")


main()
