# Tests build in .build/debug and the daemon in .build/release, side by side: neither throws the other's work away.
.DEFAULT_GOAL := build
.PHONY: help setup build demo test bench lint format schema docs quickstart-capture clean

# Reaches our targets only: SwiftPM takes it away again for packages that it fetched.
STRICT := -Xswiftc -warnings-as-errors
SWIFT_FILES := Sources Tests Package.swift Benchmarks/Sources Benchmarks/Package.swift

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

setup: ## install the system libraries that are missing and check the Swift version
	@scripts/setup.sh

build: ## the daemon, .build/release/arbd
	swift build -c release --product arbd

demo: setup build ## build, then play a minute of synthetic market data: no network, no keys
	.build/release/arbd --config Configs/quickstart.json

test: setup lint ## lint and all tests, warnings are errors
	swift build --build-tests $(STRICT)
	swift test $(STRICT)

bench: ## measure the path of a market event; fails when it allocates
	swift run -c release --package-path Benchmarks arbd-bench

lint: ## check the formatting
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

format: ## correct the formatting
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

schema: build ## regenerate the JSON schema of configs
	.build/release/arbd schema > Configs/arbd.schema.json.new && mv Configs/arbd.schema.json.new Configs/arbd.schema.json

docs: build ## regenerate what the documentation takes from the program
	{ cat docs/options.head.md; .build/release/arbd list --markdown; } > docs/options.md.new && mv docs/options.md.new docs/options.md

quickstart-capture: ## regenerate the market data of the demo
	scripts/make-quickstart-capture.py Configs/quickstart.capture.jsonl

clean: ## remove everything built
	rm -rf .build Benchmarks/.build
