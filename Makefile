# Tests build in .build/debug and the daemon in .build/release, side by side: neither throws the other's work away.
.DEFAULT_GOAL := build
.PHONY: help setup build demo test test-broker test-address test-thread fuzz fuzz-quick fuzz-build bench bench-build bench-kafka lint format schema docs api api-check docc newcomer-swift plugin-cost examples quickstart-capture dashboard-capture dashboard-cost golden peers autobahn kill-test outage soak latency clean

# Reaches our targets only: SwiftPM takes it away again for packages that it fetched.
STRICT := -Xswiftc -warnings-as-errors
SWIFT_FILES := Sources Tests Package.swift Benchmarks/Sources Benchmarks/Package.swift Fuzzing/Sources Fuzzing/Package.swift Autobahn/Sources Autobahn/Package.swift Plugins Templates Examples

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

setup: ## install the system libraries that are missing and check the Swift version
	@scripts/setup.sh

build: ## the daemon, .build/release/arbd
	swift build -c release --product arbd

demo: setup build ## build, then run with simulated venues: no network, no keys; in a terminal, with the dashboard
	.build/release/arbd --config Configs/quickstart.json

# A few at a time, where this Swift can: with a thousand at once, whoever waits has its next turn after all of them.
WIDTH = $(shell swift test --help-hidden 2>/dev/null | grep -q maximum-parallelization-width && echo --experimental-maximum-parallelization-width 6)
# Runs over sockets have the machine to themselves: beside tests that compute for a minute they only wait for it. Those with
# order books, three dozen at once, come after the others.
LIVE_BOOKS := ^LiveTests\.(BookFault|Venue)Tests
test: setup lint ## lint and all tests, warnings are errors
	swift build --build-tests $(STRICT)
	swift test $(STRICT) $(WIDTH) --skip '^LiveTests\.'
	swift test $(STRICT) --filter '^LiveTests\.' --skip '$(LIVE_BOOKS)'
	swift test $(STRICT) --filter '$(LIVE_BOOKS)'

test-address: ## tests with the address sanitizer, those that need its speed left out; leaks aside: XCTest and Foundation keep what they have at exit
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build/address --skip '^LiveTests\.'

test-thread: ## tests with the thread sanitizer; one limits the size of files, which the sanitizer itself writes at start
	swift test --sanitize=thread --scratch-path .build/thread --skip aFileIsLeftWithWholeLines --skip '^LiveTests\.'

test-broker: ## the tests that need real Kafka brokers, named by ARBD_KAFKA_BROKERS: CONTRIBUTING.md
	swift build --build-tests $(STRICT)
	swift test $(STRICT) --skip-build --no-parallel --filter 'BrokerTests'

# cryptofeed's compiled parts are built for Python 3.8 to 3.12.
PEERS_PYTHON ?= python3
peers: build ## run clients that others wrote against the simulator; needs Python 3.8 to 3.12 and PyPI: PEERS_PYTHON=
	$(PEERS_PYTHON) Tests/Peers/run.py .build/release/arbd .build/peers $(PEERS)

FUZZ_TARGETS := fuzz-scanner fuzz-coinbase fuzz-coinbase-advanced fuzz-binance fuzz-kraken fuzz-okx fuzz-bybit fuzz-books \
	fuzz-records fuzz-config fuzz-websocket
FUZZ_RUNS ?= 10000000
FUZZ_LIMITS = -runs=$(FUZZ_RUNS) -max_len=$(FUZZ_LENGTH) -timeout=5 -rss_limit_mb=1024
.PHONY: $(FUZZ_TARGETS)

fuzz: $(FUZZ_TARGETS) ## feed made-up input to all that reads input, FUZZ_RUNS times each; one alone: make fuzz-config

fuzz-quick: ## the same, 200,000 times each
	$(MAKE) fuzz FUZZ_RUNS=200000

# Both in one flag: of several the compiler heeds the last alone for coverage, without which libFuzzer gropes in the dark.
# --sanitize is for SwiftPM, which else expects a main function.
fuzz-build: ## build the fuzz targets
	swift build -c release --package-path Fuzzing --sanitize=fuzzer -Xswiftc -sanitize=fuzzer,address

fuzz-scanner: FUZZ_LENGTH = 512
fuzz-websocket: FUZZ_LENGTH = 1024
fuzz-books: FUZZ_LENGTH = 1024
fuzz-coinbase fuzz-coinbase-advanced fuzz-binance fuzz-kraken fuzz-okx fuzz-bybit fuzz-records: FUZZ_LENGTH = 2048
fuzz-config: FUZZ_LENGTH = 3072
$(FUZZ_TARGETS): fuzz-build
	@mkdir -p Fuzzing/.build/corpus/$@ Fuzzing/Crashes
	cd Fuzzing && .build/release/$@ $(FUZZ_LIMITS) -dict=Dictionaries/$@.dict -artifact_prefix=Crashes/$@- -verbosity=0 -print_final_stats=1 .build/corpus/$@ Corpus/$@

bench-build: ## build the benchmarks
	swift build -c release --package-path Benchmarks

SOAK_MINUTES ?= 20
# SOAK_FLAGS=--tls for venues over TLS.
soak: build ## live for SOAK_MINUTES with 500 instruments over 10 connections and a fault every 2 s; fails on a stuck stream
	scripts/soak.py --arbd .build/release/arbd --minutes $(SOAK_MINUTES) $(SOAK_FLAGS)

latency: build ## how long detectors wait for what a socket has, plain and over TLS; LATENCY_FLAGS="--realtime 10" on a machine at work
	scripts/latency.py --arbd .build/release/arbd $(LATENCY_FLAGS)
	scripts/latency.py --arbd .build/release/arbd --tls $(LATENCY_FLAGS)

kill-test: build ## kill -9 a daemon 200 times and look for every alert at a database and an HTTP receiver
	scripts/kill-test.py --arbd .build/release/arbd

outage: build ## what sinks that hang or are down cost the feed and the memory
	scripts/outage.py --arbd .build/release/arbd

bench: ## measure the path of a market event; fails when it allocates
	swift run -c release --package-path Benchmarks arbd-bench

bench-kafka: ## the Kafka sink beside a C program on librdkafka, against a mock cluster; fails below 0.8 of it
	swift run -c release --package-path Benchmarks arbd-kafka-bench

autobahn: ## run the WebSocket conformance suite, which needs PYTHON2=/path/to/python2.7; writes docs/autobahn.md
	@scripts/autobahn.sh

lint: ## check the formatting
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

format: ## correct the formatting
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

schema: build ## regenerate the JSON schema of configs
	.build/release/arbd schema > Configs/arbd.schema.json.new && mv Configs/arbd.schema.json.new Configs/arbd.schema.json

docs: build ## regenerate what the documentation takes from the program
	{ cat docs/options.head.md; .build/release/arbd list --markdown; } > docs/options.md.new && mv docs/options.md.new docs/options.md
	{ cat docs/declarative.head.md; .build/release/arbd list --spec; } > docs/declarative.md.new && mv docs/declarative.md.new docs/declarative.md
	{ cat docs/operations.head.md; .build/release/arbd list --metrics; } > docs/operations.md.new && mv docs/operations.md.new docs/operations.md

api-check: ## compare the public interface of the framework and the test kit with docs/api
	swift build --target ArbdTestKit $(STRICT)
	scripts/api.py check

api: ## take over the public interface as it is into docs/api
	swift build --target ArbdTestKit $(STRICT)
	scripts/api.py write

docc: ## build the documentation of the framework and the test kit in .build/docc; warnings are errors
	swift build --target ArbdTestKit $(STRICT)
	scripts/api.py docc

plugin-cost: build ## what an adapter from a file costs beside a built-in one; needs valgrind
	scripts/plugin-cost.py --arbd .build/release/arbd

newcomer-swift: ## type what docs/adapters-in-swift.md says, in an empty folder
	swift build --product arbd $(STRICT)
	scripts/newcomer-swift.sh

examples: build ## run the examples of docs/writing-an-adapter.md; each must end with an alert at its venue
	scripts/examples.sh .build/release/arbd

quickstart-capture: ## regenerate the market data of the demo
	scripts/make-quickstart-capture.py Configs/quickstart.capture.jsonl

golden: ## write the screens anew that the dashboard's tests compare with; look at them before they are committed
	ARBD_WRITE_GOLDEN=1 swift test --filter GoldenScreenTests

dashboard-capture: build ## regenerate the dashboard's captures in the documentation; needs tmux and three minutes
	scripts/dashboard-capture.sh .build/release/arbd docs

dashboard-cost: build ## what the dashboard costs beside the console, at 50,000 events/s; fails above 3 % of a core
	scripts/dashboard-cost.py --arbd .build/release/arbd

clean: ## remove everything built
	rm -rf .build Benchmarks/.build Fuzzing/.build Autobahn/.build
