# Every target has a help text; `make` alone prints them.
GO      ?= go
TOOLS   := $(CURDIR)/.tools
LINT    := $(TOOLS)/golangci-lint
# Pinned: a newer linter finds new things, and that is a commit of its own.
LINT_VERSION := v2.15.0
# Tools stand here and in .ci/tools/go.mod, not in go.mod: there each would choose versions for the program.
SBOM_VERSION := v1.10.0
VULN_VERSION := v1.9.0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
PLATFORMS := linux/amd64 linux/arm64 darwin/arm64 windows/amd64

.DEFAULT_GOAL := help
.PHONY: help demo build test needs lint bench chaos soak fuzz generate platforms print-platforms deploy licences verify sbom reproducible vulnerabilities clean

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## See it work: no account and no network needed
	$(GO) run -tags demo -gcflags=all=-l ./cmd/runner demo

build: ## Build bin/runner, static, for this machine
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/runner ./cmd/runner

# SQLite is C written as Go: checking its pointers, which -race brings, took half of what tests of a ledger cost.
# The race detector zeroes what it keeps of freed memory instead of mapping it anew: 60 % fewer page faults, a
# quarter of what tests of formats cost. Huge pages for it where the system has them: another third of the faults
# of programs that are started anew all the time.
test: needs ## Run all tests with the race detector, installing what they lack
	GORACE='atexit_sleep_ms=10 clear_shadow_mmap_threshold=100000000 no_huge_pages_for_shadow=0' $(GO) test -race -gcflags=modernc.org/...=-d=checkptr=0 -vet=off -shuffle=on -parallel 4 \
		-timeout 30m ./... # make lint vets; they wait more than they work; a busy machine is slow, not wrong

needs: # What the tests use beside Go; Debian's packages when a tool is missing
	@./.ci/needs

# Without cgo and paths, as released: the Dockerfile's test, .ci/deploy and .ci/chaos want the same compiled, once.
lint: export CGO_ENABLED := 0
lint: export GOFLAGS := -trimpath
lint: $(LINT) ## Run golangci-lint: what go vet looks for is a part of it
	$(LINT) run ./...

# As the README's first command compiles, which has the library of Go in the cache then: half the time, and it runs no slower.
$(LINT):
	CGO_ENABLED=1 GOFLAGS= GOBIN=$(TOOLS) $(GO) install -gcflags=all=-l github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

bench: ## Measure against curl, Python and jq, as ratios; BENCH="-row small" for some
	@./.ci/needs-bench
	$(GO) run ./bench $(BENCH)

chaos: ## An hour of bad days for a real serve, with a checker; CHAOS="-for 2m -seed 7" for less
	$(GO) run ./test/chaos $(CHAOS)

soak: ## 100,000 runs, and whether memory, descriptors, ledger or files grow; SOAK="-runs 5000" for less
	$(GO) run ./test/soak $(SOAK)

generate: ## Renew jobs.schema.json, docs/job-file.md and the facts of the Speckle schema
	$(GO) generate ./internal/jobs ./internal/speckle/query

fuzz: ## Fuzz everything that reads input from outside, a minute each
	@./.ci/fuzz 60s

# Nobody runs what is built here: without inlining a platform takes two thirds. This machine's own is built as
# the others build it, from the cache.
platforms: ## See that every platform of a release compiles and links
	@set -e; own=$$($(GO) env GOHOSTOS)/$$($(GO) env GOHOSTARCH); for p in $(PLATFORMS); do \
		echo "build $$p"; \
		flags=-gcflags=all=-l; [ $$p != $$own ] || flags=-trimpath; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build $$flags -o /dev/null ./cmd/runner; \
	done

print-platforms:
	@echo $(PLATFORMS)

deploy: ## Check deploy/ and .goreleaser.yaml, each by its own tool
	@./.ci/deploy

verify: ## Check that the modules are those of go.sum, and their licences
	$(GO) mod verify
	@./.ci/licences

licences: ## Renew docs/licences.md
	@./.ci/licences -w

$(TOOLS)/cyclonedx-gomod:
	GOBIN=$(TOOLS) $(GO) install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(SBOM_VERSION)

sbom: build $(TOOLS)/cyclonedx-gomod ## List what bin/runner is made of, as CycloneDX, in bin/runner.cdx.json
	$(TOOLS)/cyclonedx-gomod bin -json -noserial -output bin/runner.cdx.json bin/runner

reproducible: ## Build the commit twice and compare the bytes
	@./.ci/reproducible

vulnerabilities: ## Ask Go's vulnerability database about what is called; needs the network
	$(GO) run golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION) ./...

clean: ## Remove what was built
	rm -rf bin .tools
