# The programs for Windows, built on Linux.
#
# make windows       bin/windows-{amd64,arm64}/faultline.exe
# make windows-gui   bin/windows-amd64/faultline-gui.exe, with mingw
#                    (Debian: gcc-mingw-w64-x86-64)
# make windows-gui-e2e
#                    drives that window under Wine

# It makes objects of the icon, the manifest and the version, which the Go
# linker takes from beside main.go. Its code is in no program.
WINRES := go run github.com/tc-hib/go-winres@v0.3.3
NUMBERS := $(shell sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)
RESOURCES := $(WINRES) make --in assets/windows/resources.json --out rsrc --file-version $(NUMBERS) --product-version $(NUMBERS)
WITH_RESOURCES := trap 'rm -f rsrc_windows_*.syso' EXIT; $(RESOURCES)

.PHONY: windows windows-gui windows-gui-e2e

windows:
	@$(WITH_RESOURCES) --arch amd64,arm64; \
	for arch in amd64 arm64; do \
	  mkdir -p bin/windows-$$arch; \
	  GOOS=windows GOARCH=$$arch $(HEADLESS) -o bin/windows-$$arch/faultline.exe .; \
	done

windows-gui:
	@$(WITH_RESOURCES) --arch amd64; \
	mkdir -p bin/windows-amd64; \
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc CXX=x86_64-w64-mingw32-g++ \
	  go build -trimpath -ldflags '$(LDFLAGS) -H=windowsgui' -tags $(GUI_TAGS) -o bin/windows-amd64/faultline-gui.exe .

windows-gui-e2e: windows-gui
	@bash .ci/gui-tools test
	FAULTLINE_WINE="$$(bash .ci/wine)" FAULTLINE_GUI_EXE=$(CURDIR)/bin/windows-amd64/faultline-gui.exe \
	  CGO_ENABLED=0 go test -tags e2e,wine,headless -count 1 -timeout 300s -run '^TestWine' ./app/gui/e2e
