//go:build linux

package netlab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// private are folders through which a program could ask daemons of the
// machine that know its real network.
var private = []string{resolvedDir, "/run/nscd", "/run/dbus", "/run/NetworkManager", "/run/avahi-daemon"}

// become enters the namespace, changes what the files say, drops every right
// and turns into the program. The thread keeps what it did through execve,
// which ends all others.
func (o order) become() error {
	runtime.LockOSThread()
	if err := o.enter(); err != nil {
		return err
	}
	if err := o.furnish(); err != nil {
		return err
	}
	if err := errors.Join(o.limit(), o.demote()); err != nil {
		return err
	}
	env := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, orderEnv+"=") })
	return fmt.Errorf("starting: %w", syscall.Exec(o.Program, os.Args, env))
}

func (o order) enter() error {
	fd, err := unix.Open(o.Space, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening %s: %w", o.Space, err)
	}
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering %s: %w", o.Space, err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("leaving the mount namespace: %w", err)
	}
	return mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE)
}

// furnish mounts what belongs to the node. sysfs shows the network namespace
// in which it was mounted, so it needs a mount of its own, as in ip-netns(8).
func (o order) furnish() error {
	_ = unix.Unmount("/sys", unix.MNT_DETACH)
	if err := mount("sysfs", "/sys", "sysfs", 0); err != nil {
		return err
	}
	_ = mount("tracefs", "/sys/kernel/tracing", "tracefs", 0) // not in every kernel
	if err := o.showState(); err != nil {
		return err
	}
	for _, dir := range private {
		if dir == resolvedDir && o.hasState() {
			continue // what is there is the client's
		}
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		if err := mount("tmpfs", dir, "tmpfs", 0); err != nil {
			return err
		}
	}
	for _, name := range []string{"resolv.conf", "hosts", "nsswitch.conf"} {
		if err := cover(filepath.Join(o.Dir, name), "/etc/"+name); err != nil {
			return err
		}
	}
	if _, err := os.Stat("/etc/environment"); err == nil {
		if err := cover(filepath.Join(o.Dir, "environment"), "/etc/environment"); err != nil {
			return err
		}
	}
	if err := o.lateNames(); err != nil {
		return err
	}
	if o.Source != "" {
		return mount(o.Source, o.Program, "", unix.MS_BIND)
	}
	return nil
}

// cover shows file at path. A link that points into a folder hidden above
// dangles by now: its end is made there first.
func cover(file, path string) error {
	if to, err := os.Readlink(path); err == nil {
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		if _, err := os.Stat(to); os.IsNotExist(err) && slices.Contains(private, filepath.Dir(to)) {
			if err := os.WriteFile(to, nil, 0o644); err != nil {
				return fmt.Errorf("making %s: %w", to, err)
			}
		}
	}
	return mount(file, path, "", unix.MS_BIND)
}

// demote becomes the user, who has no capability and no group but his own.
func (o order) demote() error {
	if o.User == 0 {
		return nil
	}
	err := errors.Join(syscall.Setgroups(nil),
		syscall.Setresgid(o.User, o.User, o.User), syscall.Setresuid(o.User, o.User, o.User))
	if err != nil {
		return fmt.Errorf("becoming user %d: %w", o.User, err)
	}
	return nil
}

func mount(source, target, kind string, flags uintptr) error {
	if err := unix.Mount(source, target, kind, flags, ""); err != nil {
		return fmt.Errorf("mounting %s on %s: %w", source, target, err)
	}
	return nil
}
