package linux

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
	"faultline/platform/portable"
)

const (
	environmentPath = "/etc/environment"
	gsettingsPath   = "/usr/bin/gsettings"
	desktopPatience = time.Second
)

type proxies struct{}

// For reads what each place says, in the order in which programs look: their
// environment, the desktop's settings, and what the next login would get.
func (proxies) For(ctx context.Context, q platform.ProxyAsk) (platform.ProxyFacts, error) {
	var f platform.ProxyFacts
	if err := ended(ctx); err != nil {
		return f, err
	}
	add := func(from string, s portable.ProxySettings) {
		if src, says := s.Source(from, q); says {
			f.Sources = append(f.Sources, src)
		}
	}
	add("environment", portable.ProxyEnvironment(os.Getenv))
	name, desktop := desktopProxy(ctx)
	add(name, desktop)
	if b, err := readFile(environmentPath); err == nil {
		add(environmentPath, portable.ProxyEnvironment(decodeEnvironment(b)))
	}
	return f, nil
}

// desktopProxy reads the settings of the desktop that this session runs. Where
// there is none, its settings are nobody's.
func desktopProxy(ctx context.Context) (from string, s portable.ProxySettings) {
	switch desktop := strings.ToUpper(os.Getenv("XDG_CURRENT_DESKTOP")); {
	case desktop == "":
		return "", s
	case strings.Contains(desktop, "KDE"):
		b, err := readFile(filepath.Join(configHome(), "kioslaverc"))
		if err != nil {
			return "kde", s
		}
		return "kde", decodeKDE(b, os.Getenv)
	}
	if unix.Access(gsettingsPath, unix.X_OK) != nil {
		return "gnome", s
	}
	ctx, cancel := context.WithTimeout(ctx, desktopPatience)
	defer cancel()
	out, err := output(ctx, maxOutput, gsettingsPath, "list-recursively", "org.gnome.system.proxy")
	if err != nil {
		return "gnome", s
	}
	return "gnome", decodeGNOME(out)
}

func configHome() string {
	if dir := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(os.Getenv("HOME"), ".config")
}
