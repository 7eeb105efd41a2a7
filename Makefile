# Every task of this repository. `make` alone lists them.
# Only Go is needed, but for test-real, which says what else it uses.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
PLATFORM  ?=
IMAGE     ?= headstart:$(VERSION)
FUZZTIME  ?= 60s
BENCH     ?= .
BENCHTIME ?= 1s
BENCHCOUNT ?= 1

# Tools are pinned in tools/go.mod and built into bin/, outside the product's
# dependencies.
BIN   := $(CURDIR)/bin
TOOLS := $(BIN)/.tools

# Modules of their own: what they need must not meet the product's.
SUITES := test/rig test/keda test/cluster

# The Dockerfile's build command too.
BUILD := CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X main.version=$(VERSION)"

##@ Every day

.PHONY: help
help: ## List the tasks
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/headstart: static, for this machine
	$(BUILD) -o $(BIN)/headstart ./cmd/headstart

.PHONY: demo
demo: ## Run everything embedded: broker, traffic, scaler
	go run ./cmd/headstart demo

.PHONY: test
test: ## Run the tests that need nothing but Go
	go test ./...

.PHONY: bench
bench: ## Print the benchmarks (BENCH=regexp BENCHTIME=1s BENCHCOUNT=1)
	go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -count $(BENCHCOUNT) ./... | grep -v 'no test files'

##@ Before a commit

.PHONY: check
check: fmt-check lint vet race arch generated vuln ## Everything below down to vuln

.PHONY: fmt
fmt: $(TOOLS) ## Format all Go files
	$(BIN)/golangci-lint fmt

.PHONY: fmt-check
fmt-check: $(TOOLS) ## Say which files are not formatted
	@$(BIN)/golangci-lint fmt --diff || { echo "Not formatted: run 'make fmt'."; exit 1; }

.PHONY: lint
lint: $(TOOLS) ## Run golangci-lint on every module
	$(BIN)/golangci-lint run --allow-parallel-runners ./...
	@for module in $(SUITES); do \
		echo "golangci-lint in $$module"; \
		(cd $$module && $(BIN)/golangci-lint run --allow-parallel-runners ./...); \
	done

.PHONY: vet
vet: ## Run go vet
	go vet ./...

.PHONY: race
race: ## Run the tests under the race detector
	go test -race ./...

.PHONY: arch
arch: ## Hold the import rules over all dependencies
	go test -count=1 ./test/

.PHONY: generated
generated: ## Say whether generated files are current
	@.ci/generated

.PHONY: vuln
vuln: $(TOOLS) ## Look for known vulnerabilities (needs their database)
	@.ci/vuln $(BIN)/govulncheck

##@ Now and then

.PHONY: gen
gen: ## Write generated files anew
	go generate ./...

.PHONY: golden
golden: ## Write golden files anew: read the diff before you keep it
	@packages=$$(grep -rlE 'flag\.Bool\("update"' --include='*_test.go' . | grep -vE '^./test/(keda|cluster|rig)/' | xargs -rn1 dirname | sort -u); \
	[ -n "$$packages" ] || { echo "no package has golden files"; exit 1; }; \
	go test -count=1 $$packages -update

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (60s) each
	@for package in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -rn1 dirname | sort -u); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "== $$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

.PHONY: bench-forecast
bench-forecast: ## Score forecasts on TRACES=folder beside other libraries' (ARGS=-detail)
	@go run ./test/challengers/compare -traces '$(TRACES)' $(ARGS)

.PHONY: bench-traces
bench-traces: ## Play TRACES=folder against the peers, for docs/BENCHMARKS.md (ARGS=-json prints)
	@go run ./test/benchtraces -traces '$(TRACES)' $(or $(ARGS),-write)

.PHONY: test-real
test-real: ## Real Kafka, Prometheus and KEDA's client (Java 17, Maven, prometheus)
	test/real/fetch-kafka.sh
	cd test/keda && go test -count=1 -timeout 20m ./...

.PHONY: test-cluster
test-cluster: ## A real cluster on loopback: KEDA, HPA, Karpenter (RUN=regexp)
	cd test/cluster && go run ./up -build && go test -count=1 -p 1 -timeout 45m $(if $(RUN),-run '$(RUN)') ./...

.PHONY: cluster
cluster: ## Start that cluster to play with, until Ctrl-C
	cd test/cluster && go build -o $(BIN)/cluster-up ./up && exec $(BIN)/cluster-up

.PHONY: image
image: ## Build the container image (PLATFORM=linux/amd64,linux/arm64)
	docker build $(if $(PLATFORM),--platform $(PLATFORM)) --build-arg VERSION=$(VERSION) -t $(IMAGE) .

.PHONY: image-test
image-test: ## Build what the image holds, and run it in an empty root (as root)
	test/image.sh

.PHONY: tools
tools: $(TOOLS) ## Build the pinned tools into bin/
	@go version

$(TOOLS): tools/go.mod tools/go.sum
	@mkdir -p $(BIN)
	go -C tools build -o $(BIN)/ tool
	@touch $@
