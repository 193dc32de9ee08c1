# make run [TARGET=host:port]   build and diagnose; without TARGET a faulty
#                               service on loopback, which needs no network
# make test                     everything that can be tested here
# make build bench generate     the programs; the measurements; generated files
# make bench-wine               a diagnosis under Wine beside one on Linux
# make bench-analyze            analysis of captures beside tshark, tcptrace and
#                               tcpdump; SCALE=0.02 for a short run
# make agree                    compares the figures of captures with tshark's; see
#                               docs/TSHARK-DIFFERENCES.md
# make fuzz                     every parser against made-up input, a minute each;
#                               FUZZ=name for some, FUZZTIME=10m for longer
# make accuracy                 every story of the lab; writes docs/ACCURACY.md

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
HEADLESS := CGO_ENABLED=0 go build -trimpath -tags headless -ldflags '$(LDFLAGS)'

.PHONY: build run run-here test bench bench-wine bench-analyze agree fuzz accuracy generate

build:
	@mkdir -p bin
	$(HEADLESS) -o bin/faultline .

# The window where there is a display, else the command line.
run: $(if $(or $(DISPLAY),$(WAYLAND_DISPLAY)),run-window,run-here)

run-here: build
ifdef TARGET
	@bin/faultline check '$(subst ','\'',$(TARGET))' || [ $$? -eq 1 ] || [ $$? -eq 3 ]
else
	@bin/faultline demo
endif

test:
	@bash .ci/test

bench: build
	@bash .ci/tools
	CGO_ENABLED=0 go test -tags e2e,headless -run '^$$' -bench All ./app/cli/e2e

SCALE := 1

# The program for Windows under Wine beside that for Linux, in the same worlds.
bench-wine: build windows
	prefix=$$(bash .ci/wine); \
	CGO_ENABLED=0 FAULTLINE_BIN=$(CURDIR)/bin/faultline FAULTLINE_WINE="$$prefix" FAULTLINE_EXE=$(CURDIR)/bin/windows-amd64/faultline.exe \
	  go test -tags e2e,wine,headless -run '^$$' -bench Wine -benchtime 1x ./app/cli/e2e

bench-analyze: build
	@bash .ci/tools analyze
	CGO_ENABLED=0 FAULTLINE_BIN=$(CURDIR)/bin/faultline go test -tags e2e,headless -run '^$$' -bench Analyze -benchtime 1x -timeout 3h ./app/cli/e2e -args -scale $(SCALE)

# The worlds of the table are always the same ones.
accuracy:
	@bash .ci/tools
	CGO_ENABLED=0 FAULTLINE_SEED=11 go test -tags e2e,headless -count 1 -timeout 50m -run TestStories ./app/cli/e2e -args -accuracy

agree:
	CGO_ENABLED=0 go test -tags headless -count 1 -v -run 'TestAgree' ./diag/tcpflow
	CGO_ENABLED=0 go test -tags headless -count 1 -v -run 'TestOrdinaryTraffic' ./app/cli

FUZZ := .

fuzz:
	@bash .ci/fuzz '$(FUZZ)'

generate:
	CGO_ENABLED=0 go test -tags headless -run TestDependencies . -update

-include gui.mk
include windows.mk
