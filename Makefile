.DEFAULT_GOAL := help
.PHONY: run test test-web browse test-long build web check fmt bench help

# cargo-nextest runs each test in a process of its own and shows the slow ones; Cargo's own runner does as well.
nextest := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)
runner := $(if $(nextest),cargo nextest run $(if $(CI),--profile ci),cargo test)

# Node.js, which builds the web app; the server needs none.
npm = PATH="$$(scripts/node):$$PATH" npm --prefix clients
web_sources := $(shell find clients -name node_modules -prune -o -name dist -prune -o -type f -print)

clients/node_modules/.package-lock.json: clients/package-lock.json
	@scripts/setup run
	$(npm) ci --no-audit --no-fund --loglevel=error
	@touch $@

clients/web/dist/index.html: clients/node_modules/.package-lock.json $(web_sources)
	$(npm) run --silent build
	@touch $@

web: clients/web/dist/index.html ## the web app, which is compiled into the server

# The development profile: ready in a fraction of the time of a release, and what would be slow
# in it (decoding, hashing, synthesis) is optimised all the same (Cargo.toml, profile.dev.package).
run: web ## build and start a server that plays demo music; ARGS='--listen 0.0.0.0:4533' and the like
	@scripts/setup run
	cargo run --package server --bin resonance -- demo --data ./data/demo $(ARGS)

test: web ## every test, on SQLite and on a private PostgreSQL; ARGS=name runs those alone
	@scripts/setup test
	scripts/with-postgres $(runner) --workspace $(ARGS)
	$(npm) test --silent
ifeq ($(strip $(ARGS)),)
	@$(MAKE) --no-print-directory browse
endif

# Pictures of all screens stay in artefacts/.
test-web: web ## of these, the web app in a real browser; ARGS=player.test.mjs runs one file
	cargo build --package server --bin resonance
	@$(MAKE) --no-print-directory browse

# With the program as it is: the tests have built it, and with other features it would be built again.
browse:
	@scripts/setup browser
	$(npm) run --silent e2e --workspace web -- $(ARGS)

test-long: web ## the same with the large counts
	@scripts/setup test
	TEST_LONG=1 scripts/with-postgres $(runner) --workspace $(ARGS)

build: web ## target/release/resonance
	@scripts/setup run
	cargo build --release --locked --package server --bin resonance

check: clients/node_modules/.package-lock.json ## everything that CI checks besides the tests
	@scripts/setup check
	cargo fmt --all --check
	cargo xtask check
	"$$(scripts/venv typos)/typos"
	"$$(scripts/venv pyyaml)/python" scripts/check-container
	$(npm) run --silent check
	cargo clippy --workspace --all-targets --locked -- -D warnings

fmt: ## format the sources
	cargo fmt --all
	$(npm) run --silent format

bench: build ## the figures, each beside its limit or peer measured in the same run
	bench/run

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
