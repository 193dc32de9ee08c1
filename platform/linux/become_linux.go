package linux

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"faultline/platform"
)

// Become turns this process, which must be root's, into that of a user given by
// name or number: groups, user and environment, for good (setresuid(2) of every
// thread). Per-user rules, proxies and rights are then the user's own.
func Become(name string) error {
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return &platform.Problem{Code: platform.NotFound, Text: "there is no such user"}
		}
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("reading the numbers of %s: %w", name, err)
	}
	if err := errors.Join(syscall.Setgroups(groupsOf(u)), syscall.Setresgid(gid, gid, gid), syscall.Setresuid(uid, uid, uid)); err != nil {
		return &platform.Problem{Code: platform.Permission, Text: "only root can look as another user"}
	}
	return errors.Join(os.Setenv("HOME", u.HomeDir), os.Setenv("USER", u.Username), os.Setenv("LOGNAME", u.Username),
		os.Unsetenv("XDG_RUNTIME_DIR"), os.Unsetenv("XDG_STATE_HOME"), os.Unsetenv("XDG_CONFIG_HOME"))
}

// groupsOf are the user's own groups; those that cannot be read are left out.
func groupsOf(u *user.User) (all []int) {
	ids, err := u.GroupIds()
	if err != nil {
		ids = []string{u.Gid}
	}
	for _, id := range ids {
		if n, err := strconv.Atoi(id); err == nil {
			all = append(all, n)
		}
	}
	return all
}
