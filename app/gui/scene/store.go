package scene

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
)

// Recent is one target that was checked, and what came of it.
type Recent struct {
	Given string    `json:"given"`
	Code  string    `json:"code"`
	At    time.Time `json:"at"`
}

// Kept is what the window remembers between starts.
type Kept struct {
	Theme      string                    `json:"theme,omitempty"` // "", light, dark, contrast
	Language   string                    `json:"language,omitempty"`
	Scale      float32                   `json:"scale,omitempty"`
	Calm       bool                      `json:"calm,omitempty"` // less motion
	Masked     bool                      `json:"masked,omitempty"`
	Technician bool                      `json:"technician,omitempty"`
	Width      float32                   `json:"width,omitempty"`
	Height     float32                   `json:"height,omitempty"`
	Recents    []Recent                  `json:"recents,omitempty"`
	Usual      map[diag.ID]time.Duration `json:"usual,omitempty"`
}

// mostRecents is how many targets are remembered.
const mostRecents = 8

// mostKept bounds the file that is read.
const mostKept = 1 << 20

// Load reads what was kept; a file that is not there or not readable gives the
// defaults, with the reason in the second case.
func Load(path string) (Kept, error) {
	var k Kept
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("reading the settings: %w", err)
	}
	if info.Size() > mostKept {
		return k, errors.New("reading the settings: the file is too large")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("reading the settings: %w", err)
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		return Kept{}, fmt.Errorf("reading the settings: %w", err)
	}
	k.Recents = k.Recents[:min(len(k.Recents), mostRecents)]
	return k, nil
}

// Save writes what is kept, as a whole or not at all. It holds names, so only
// its owner can read it.
func (k Kept) Save(path string) error {
	raw, err := json.MarshalIndent(k, "", " ")
	if err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	draft := path + ".new"
	if err := os.WriteFile(draft, raw, 0o600); err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	return nil
}

// Remember notes the result of a check and how long its parts took.
func (k *Kept) Remember(r app.Report) {
	k.Recents = slices.DeleteFunc(k.Recents, func(o Recent) bool { return o.Given == r.Target.Given })
	k.Recents = slices.Insert(k.Recents, 0, Recent{Given: r.Target.Given, Code: string(r.Verdict.Code), At: r.Started})
	k.Recents = k.Recents[:min(len(k.Recents), mostRecents)]
	if k.Usual == nil {
		k.Usual = map[diag.ID]time.Duration{}
	}
	for _, c := range r.Checks {
		if c.State != app.Pass || c.Seconds <= 0 {
			continue
		}
		took := time.Duration(c.Seconds * float64(time.Second))
		if was, ok := k.Usual[c.ID]; ok {
			took = (3*was + took) / 4
		}
		k.Usual[c.ID] = took
	}
}

// Before is the last check of a target; nil when there was none.
func (k *Kept) Before(given string) *Recent {
	for _, r := range k.Recents {
		if r.Given == given {
			return &r
		}
	}
	return nil
}

// Mark is the status of what was remembered.
func (r Recent) Mark() Mark {
	return gravity(app.Report{Verdict: app.Verdict{Code: catalog.Code(r.Code)}})
}

// Says is the result in a few words.
func (r Recent) Says(w *text.Words) string {
	if r.Code == string(diag.OK) {
		return w.Say("recent.worked", nil)
	}
	return w.Title(catalog.Code(r.Code))
}

// Line is the result with when it was.
func (r Recent) Line(now time.Time, zone *time.Location, w *text.Words) string {
	return w.Say("recent.line", diag.Args{"what": r.Says(w), "at": r.when(now, zone, w)})
}

// when is a time as people say it: the hour today, else the day.
func (r Recent) when(now time.Time, zone *time.Location, w *text.Words) string {
	at, now := r.At.In(zone), now.In(zone)
	day := func(t time.Time) int { return int(t.Unix()+int64(offset(t))) / 86400 }
	switch day(now) - day(at) {
	case 0:
		return at.Format("15:04")
	case 1:
		return w.Say("recent.yesterday", diag.Args{"at": at.Format("15:04")})
	}
	return at.Format("2006-01-02")
}

func offset(t time.Time) int {
	_, seconds := t.Zone()
	return cmp.Or(seconds, 0)
}
