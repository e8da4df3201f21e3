# Prismatron: `make run` to see it, `make test` to test it. Everything else is for developers.

CARGO ?= cargo
ARGS ?=
PAGE := frontend/build/dist/index.html
PAGE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/build -prune -o -path frontend/dev -prune -o -type f -print)

# For `install`: a package builder sets both.
DESTDIR ?=
PREFIX ?= /usr/local

.PHONY: help run build frontend test test-long check bench openapi install uninstall deb clean

help:
	@echo 'make run       install what is missing, build, and start the display (ARGS="--listen 127.0.0.1:9000")'
	@echo 'make test      every test that this machine can run; ends with the counts'
	@echo 'make test-long the tests that take long: 1000 kills, a longer history under the plug, ten minutes of film'
	@echo 'make check     what has to pass before a change is handed in: test, and cargo deny'
	@echo 'make bench     the benchmarks'
	@echo 'make build     page and program, in release'
	@echo 'make frontend  the page alone'
	@echo 'make install   program, units and documents to PREFIX=$(PREFIX), as root; make uninstall takes them away'
	@echo 'make deb       a Debian package, in target/debian'
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

# Needs cargo nextest.
test-long:
	@.ci/need test
	PRISMATRON_TEST_KILLS=1000 PRISMATRON_TEST_OPERATIONS=2500 PRISMATRON_TEST_SECONDS=600 \
		$(CARGO) nextest run --profile long --workspace --locked --no-fail-fast --success-output immediate-final \
		-E 'test(kills::) or test(the_plug_is_pulled) or test(film::) or test(motion::)'

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

# What is built is installed; this builds nothing, so that it can be run as root.
install:
	@test -x target/release/prismatron || { echo 'build it first, as yourself: make build' >&2; exit 1; }
	install -D -m 755 target/release/prismatron $(DESTDIR)$(PREFIX)/bin/prismatron
	install -D -m 644 units/prismatron.service $(DESTDIR)$(PREFIX)/lib/systemd/system/prismatron.service
	install -D -m 644 units/prismatron.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/prismatron.conf
	install -D -m 644 tmpfiles/prismatron.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/prismatron.conf
	install -D -m 644 examples/prismatron_frames.h $(DESTDIR)$(PREFIX)/include/prismatron_frames.h
	install -d $(DESTDIR)$(PREFIX)/share/doc/prismatron/docs/outputs $(DESTDIR)$(PREFIX)/share/doc/prismatron/examples
	install -m 644 README.md CHANGELOG.md LICENSE LICENSE-APACHE LICENSE-MIT $(DESTDIR)$(PREFIX)/share/doc/prismatron/
	install -m 644 docs/*.md docs/*.png $(DESTDIR)$(PREFIX)/share/doc/prismatron/docs/
	install -m 644 docs/outputs/*.md $(DESTDIR)$(PREFIX)/share/doc/prismatron/docs/outputs/
	install -m 644 examples/frame_writer.* $(DESTDIR)$(PREFIX)/share/doc/prismatron/examples/
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then \
		systemd-sysusers && systemctl daemon-reload && \
		echo 'Installed. To start it, now and at each boot: systemctl enable --now prismatron'; \
	fi

# Data, settings and the user stay.
uninstall:
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl disable --now prismatron.service 2>/dev/null || true; fi
	rm -f $(DESTDIR)$(PREFIX)/bin/prismatron
	rm -f $(DESTDIR)$(PREFIX)/lib/systemd/system/prismatron.service
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/prismatron.conf
	rm -f $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/prismatron.conf
	rm -f $(DESTDIR)$(PREFIX)/include/prismatron_frames.h
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/prismatron
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

# The version counts commits, so that each package can take the place of an older one.
deb: build
	@$(CARGO) deb --version >/dev/null 2>&1 || { echo 'cargo deb is missing: cargo install cargo-deb --locked' >&2; exit 1; }
	CARGO_TARGET_DIR=target $(CARGO) deb --no-build --deb-revision $$(git rev-list --count HEAD 2>/dev/null || echo 1)

clean:
	$(CARGO) clean
	rm -rf frontend/build/dist frontend/node_modules tests/browser/node_modules
