# Trunkline. `make demo` places a first call; `make test` runs every test, the real peers included.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-tests build demo test lint bench load fuzz sanitize clean

# Every target builds with the same flags, so that what one has built serves the others.
BUILD := swift build -c release --explicit-target-dependency-import-check error

help: ## List what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: ## Install the system packages that building and running need
	@scripts/setup.sh run

setup-tests: ## Install what the tests and benchmarks need besides
	@scripts/setup.sh test

build: setup ## Build the release binary (.build/release/trunkline)
	@scripts/progress.sh $(BUILD) --product trunkline

demo: setup ## Place one call into a simulated Exotel flow over TLS and SRTP
	@scripts/progress.sh $(BUILD) --product trunkline
	@python3 scripts/demo.py --binary "$$(swift build -c release --show-bin-path)/trunkline"

test: setup-tests ## Run all tests; real peers (baresip, linphone, sipp, Kamailio, pipecat) on loopback
	@scripts/test.sh

lint: ## Check the format of all Swift code
	@swift format lint --strict --configuration .swift-format --recursive Package.swift Sources Tests \
		Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources

bench: setup-tests ## Print codec, resampler and SRTP figures beside their peers
	@scripts/bench.sh

fuzz: setup ## Fuzz every reader of strangers' bytes for 60 s (FUZZ_SECONDS, or FUZZ_RUNS for each)
	@scripts/fuzz.sh

sanitize: setup-tests ## Run all tests under AddressSanitizer with LeakSanitizer, then under ThreadSanitizer
	@scripts/sanitize.sh

load: setup-tests ## Run calls by the second, floods and attacks, about 15 minutes (at most 26); prints figures beside limits
	@scripts/progress.sh $(BUILD) --product trunkline
	@scripts/progress.sh $(BUILD) --product EchoBot
	@mkdir -p .work
	@bin="$$(swift build -c release --show-bin-path)"; \
		python3 scripts/load --binary "$$bin/trunkline" --bot "$$bin/EchoBot" --json .work/load.json

clean: ## Remove everything that was built
	rm -rf .build .build-asan .build-tsan Benchmarks/.build Fuzz/.build .venv .work
