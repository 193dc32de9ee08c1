# make run [TARGET=host:port]   build and diagnose; without TARGET a faulty
#                               service on loopback, which needs no network
# make test                     everything that can be tested here
# make build bench generate     the programs; the measurements; generated files

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
HEADLESS := CGO_ENABLED=0 go build -trimpath -tags headless -ldflags '$(LDFLAGS)'
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
TIMEOUT := 600s

.PHONY: build run test bench generate check race e2e tools

build:
	@mkdir -p bin
	$(HEADLESS) -o bin/faultline .

run: build
ifdef TARGET
	@bin/faultline check '$(subst ','\'',$(TARGET))' || [ $$? -eq 1 ] || [ $$? -eq 3 ]
else
	@bin/faultline demo
endif

test:
	@bash .ci/test

bench: build
	@bash .ci/tools
	go test -tags e2e -run '^$$' -bench . ./app/cli/e2e

generate:
	go test -run TestDependencies . -update
