# The window.
#
# make gui           builds bin/faultline-gui (installs the packages it needs)
# make screenshots   draws every state, look and language to docs/screenshots
# make gui-e2e       drives the program on networks that the test breaks
# make gui-threads   the same, built so that the toolkit checks its threads
# make bench-gui     first frame and idle load, for docs/PERFORMANCE.md
# make fonts icons   the made files in assets

# One set of flags: another one compiles all of the toolkit's C code again.
# no_animations: the blinking caret alone costs 16 % of a core in software.
GUI_TAGS := migrated_fynedo,no_animations
GUI := CGO_ENABLED=1 go build -trimpath -ldflags '$(LDFLAGS)'

.PHONY: gui gui-tools run-window screenshots gui-e2e gui-threads bench-gui fonts icons

gui-tools:
	@bash .ci/gui-tools build

gui: gui-tools
	@mkdir -p bin
	$(GUI) -tags $(GUI_TAGS) -o bin/faultline-gui .

run-window: gui
ifdef TARGET
	@bin/faultline-gui --target '$(subst ','\'',$(TARGET))'
else
	@bin/faultline-gui
endif

screenshots:
	CGO_ENABLED=0 go test ./app/gui -run '^TestScreenshots$$' -count 1 -screenshots $(CURDIR)/docs/screenshots

gui-e2e: gui
	@bash .ci/gui-tools test
	FAULTLINE_GUI=$(CURDIR)/bin/faultline-gui CGO_ENABLED=0 go test -tags e2e -count 1 -timeout 600s ./app/gui/e2e

gui-threads: gui-tools
	@bash .ci/gui-tools test
	$(GUI) -tags no_animations -o bin/faultline-gui-checked .
	FAULTLINE_GUI=$(CURDIR)/bin/faultline-gui-checked FAULTLINE_GUI_CHECKED=1 CGO_ENABLED=0 go test -tags e2e -count 1 -timeout 600s ./app/gui/e2e

bench-gui: gui
	@bash .ci/gui-tools test
	FAULTLINE_GUI=$(CURDIR)/bin/faultline-gui CGO_ENABLED=0 go test -tags e2e -count 1 -timeout 600s -run '^$$' -bench Window -benchtime 1x ./app/gui/e2e

fonts:
	bash assets/fonts/make.sh

icons:
	bash assets/icons/make.sh
