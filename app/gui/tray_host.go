//go:build linux || freebsd || netbsd || openbsd

package gui

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// trayHost asks the desktop whether something shows tray icons: only then may
// closing the window hide it. (StatusNotifierItem specification, property
// IsStatusNotifierHostRegistered.)
func trayHost(wait time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer bus.Close()
	watcher := bus.Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher")
	var there dbus.Variant
	call := watcher.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart,
		"org.kde.StatusNotifierWatcher", "IsStatusNotifierHostRegistered")
	if call.Store(&there) != nil {
		return false
	}
	yes, ok := there.Value().(bool)
	return ok && yes
}
