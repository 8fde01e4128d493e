.DEFAULT_GOAL := help
.PHONY: run test test-long build check fmt bench help

# cargo-nextest runs each test in a process of its own and shows the slow ones; Cargo's own runner does as well.
nextest := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)
runner := $(if $(nextest),cargo nextest run $(if $(CI),--profile ci),cargo test)

# The development profile: ready in a fraction of the time of a release, and what would be slow
# in it (decoding, hashing, synthesis) is optimised all the same (Cargo.toml, profile.dev.package).
run: ## build and start a server that plays demo music; ARGS='--listen 0.0.0.0:4533' and the like
	@scripts/setup run
	cargo run --package server --bin resonance -- demo --data ./data/demo $(ARGS)

test: ## every test, on SQLite and on a private PostgreSQL; ARGS=name runs those alone
	@scripts/setup test
	scripts/with-postgres $(runner) --workspace $(ARGS)

test-long: ## the same with the large counts
	@scripts/setup test
	TEST_LONG=1 scripts/with-postgres $(runner) --workspace $(ARGS)

build: ## target/release/resonance
	@scripts/setup run
	cargo build --release --locked --package server --bin resonance

check: ## everything that CI checks besides the tests
	@scripts/setup check
	cargo fmt --all --check
	cargo xtask check
	"$$(scripts/venv typos)/typos"
	"$$(scripts/venv pyyaml)/python" scripts/check-container
	cargo clippy --workspace --all-targets --locked -- -D warnings

fmt: ## format the sources
	cargo fmt --all

bench: build ## the figures, each beside its limit or peer measured in the same run
	bench/run

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
