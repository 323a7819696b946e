.DEFAULT_GOAL := help
.PHONY: help run test dev bench smooth calibrate meter-cost runs-bench fmt clean

help: ## this text
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

run: ## install what is missing, build the release, serve it on http://127.0.0.1:3000 (PUSHPULL_ADDR=... for another)
	@scripts/run.sh

test: ## install what is missing, then every check: formatting, clippy, unit, property, API and browser tests
	@scripts/test.sh

dev: ## serve a development build that follows every change
	@scripts/dev.sh

bench: ## what an event costs over each transport, beside Nchan, plain axum and the floor (45 minutes; docs/benchmarks.md)
	@scripts/bench.sh

smooth: ## how many frames a second the page keeps under load, on this machine
	@scripts/smooth.sh

meter-cost: ## what the measuring costs: the server's CPU time for a delivery with the meters on and off
	@scripts/meter-cost.sh

calibrate: ## how sure the verdict is in Chromium, on this machine: twins alike, and 1 ms apart (25 minutes)
	@scripts/calibrate.sh

runs-bench: ## a thousand saved runs: how long the list takes, and how large the database is
	@scripts/runs-bench.sh

fmt: ## format the code
	@cargo fmt

clean: ## remove everything that was built or installed in this folder
	rm -rf target end2end/node_modules end2end/test-results
