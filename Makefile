# Prismatron: `make run` to see it, `make test` to test it. Everything else is for developers.

CARGO ?= cargo
ARGS ?=
PAGE := frontend/build/dist/index.html
PAGE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/build -prune -o -path frontend/dev -prune -o -type f -print)

.PHONY: help run build frontend test check bench openapi clean

help:
	@echo 'make run       install what is missing, build, and start the display (ARGS="--listen 127.0.0.1:9000")'
	@echo 'make test      every test that this machine can run; ends with the counts'
	@echo 'make check     what has to pass before a change is handed in: test, and cargo deny'
	@echo 'make bench     the benchmarks'
	@echo 'make build     page and program, in release'
	@echo 'make frontend  the page alone'
	@echo 'make openapi   write api/openapi.json anew'

run: build
	target/release/prismatron run $(ARGS)

# `run` looks for the program in target/, so a target folder named elsewhere is not used for it.
build:
	@.ci/need run
	$(MAKE) --no-print-directory frontend
	CARGO_TARGET_DIR=target $(CARGO) build --release --locked

frontend: $(PAGE)

# Only when it has changed: a page that is new builds the program anew.
$(PAGE): $(PAGE_SOURCES)
	@.ci/need run
	npm --prefix frontend ci --no-audit --no-fund
	npm --prefix frontend run build
	@touch $@

test:
	@.ci/need test
	@.ci/test

check: test
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(CARGO) deny check bans licenses sources; \
	else \
		echo 'skipped: cargo deny is not installed (cargo install cargo-deny)'; \
	fi

bench:
	$(CARGO) bench --workspace

openapi:
	$(CARGO) run --quiet -- openapi > api/openapi.json.new
	mv api/openapi.json.new api/openapi.json

clean:
	$(CARGO) clean
	rm -rf frontend/build/dist frontend/node_modules tests/browser/node_modules
