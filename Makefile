# podstead. `make run` shows it, `make test` runs everything; `make help` lists the rest.
ARCH := $(subst aarch64,arm64,$(subst x86_64,x64,$(shell uname -m)))
NODE := node_modules/node-linux-$(ARCH)/bin/node
MOCHA := $(NODE) node_modules/mocha/bin/mocha.js
UNIT := 'test/!(live|bench)/**/*.test.ts' 'test/*.test.ts'
.PHONY: help run test check build setup setup-tests unit live coverage bench kill test-fresh clean format

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: setup build ## play manifests/hello.yaml, from nothing to an answer
	@tools/hello

test: setup-tests build ## everything: lint, types, unit and live tests
	@status=0; $(MAKE) -s check || status=1; tools/live || status=1; exit $$status

check: node_modules/.ready ## format, lint, types, import rule, unit tests: before every commit
	@node_modules/.bin/biome check --error-on-warnings .
	@node_modules/.bin/tsc -p .
	@$(MOCHA) --parallel --jobs 2 --reporter dot $(UNIT)

unit: node_modules/.ready ## the unit tests, one line each
	@$(MOCHA) $(UNIT)

live: setup-tests build ## real containers: as an ordinary user, and a core as root
	@tools/live

coverage: build ## unit tests with a coverage report
	@$(NODE) node_modules/c8/bin/c8.js -r text-summary -r html $(MOCHA) --reporter dot $(UNIT)

bench: setup-tests build ## figures next to podman (PODMAN=command) and to the raw floor
	@$(NODE) test/bench/main.ts

kill: setup-tests build ## kill every process at 20 seeded moments
	@KILL_MOMENTS=20 tools/live kill

test-fresh: ## README's two commands in new Debian roots (bookworm and trixie)
	@tools/test-fresh

format: node_modules/.ready ## format and fix what can be fixed
	@node_modules/.bin/biome check --write .

setup:
	@tools/setup
setup-tests:
	@tools/setup --tests

build: dist/.ready ## dist/ from src/

node_modules/.ready: package-lock.json .npmrc
	@npm ci --no-progress --loglevel=error
	@touch $@

dist/.ready: node_modules/.ready $(shell find src tools/build.ts -type f 2>/dev/null)
	@$(NODE) tools/build.ts
	@touch $@

clean: ## remove what was built
	rm -rf dist node_modules coverage
