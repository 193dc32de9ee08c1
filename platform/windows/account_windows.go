package windows

import (
	"context"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var (
	wtsapi32   = windows.NewLazySystemDLL("wtsapi32.dll")
	wtsQuery   = wtsapi32.NewProc("WTSQuerySessionInformationW")
	wtsRelease = wtsapi32.NewProc("WTSFreeMemory")

	procGetUserName   = windows.NewLazySystemDLL("advapi32.dll").NewProc("GetUserNameW")
	procGetUserNameEx = secur32.NewProc("GetUserNameExW")
)

// Numbers of wtsapi32.h and secext.h, and lengths of lmcons.h.
const (
	wtsCurrentSession = 0xFFFFFFFF
	wtsUserName       = 5
	wtsDomainName     = 7
	samCompatible     = 2 // NameSamCompatible

	mostUserName = 256 + 1                // UNLEN
	mostAccount  = 256 + 1 + 15 + 1       // UNLEN, a backslash, DNLEN
	volatileKey  = "Volatile Environment" // of a user, made when this one logs on
)

// isOtherUser is otherUser, no longer than ctx lasts.
func isOtherUser(ctx context.Context) bool {
	other, err := within(ctx, func() (bool, error) { return otherUser(), nil })
	return err == nil && other
}

// otherUser reports whether the session that this process runs in is that of
// another user, as when somebody else's name was given to elevate it. Nothing
// that is asked for this leaves the machine: os/user also wants the name to be
// shown, for which a domain's controller is asked.
func otherUser() bool {
	return account{sessionText(wtsDomainName), sessionText(wtsUserName)}.otherThan(userName(), userDomain)
}

// sessionText reads one text of the session; "" where it is not told.
func sessionText(what uintptr) string {
	if absent(wtsQuery, wtsRelease) != nil {
		return ""
	}
	var p *uint16
	var size uint32
	ok, _, _ := wtsQuery.Call(0, wtsCurrentSession, what, uintptr(unsafe.Pointer(&p)), uintptr(unsafe.Pointer(&size)))
	if ok == 0 || p == nil {
		return ""
	}
	defer func() { _, _, _ = wtsRelease.Call(uintptr(unsafe.Pointer(p))) }()
	return windows.UTF16PtrToString(p)
}

// userName is that of this thread's user, from the logon session: what looks
// names up by their number asks the domain's controller, for which a network
// that is broken makes one wait.
func userName() string {
	if procGetUserName.Find() != nil {
		return ""
	}
	name, n := make([]uint16, mostUserName), uint32(mostUserName)
	if ok, _, _ := procGetUserName.Call(uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&n))); ok == 0 {
		return ""
	}
	return windows.UTF16ToString(name)
}

// userDomain is the domain of this thread's user: as the logon noted it in the
// user's own part of the registry, else as the logon session has it. One who
// never logged on at this machine, but runs programs on it, has no such note.
func userDomain() string {
	if k, err := registry.OpenKey(registry.CURRENT_USER, volatileKey, registry.QUERY_VALUE); err == nil {
		defer k.Close()
		if domain, _, err := k.GetStringValue("USERDOMAIN"); err == nil && domain != "" {
			return domain
		}
	}
	if procGetUserNameEx.Find() != nil {
		return ""
	}
	name, n := make([]uint16, mostAccount), uint32(mostAccount)
	if ok, _, _ := procGetUserNameEx.Call(samCompatible, uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&n))); ok&0xff == 0 { // BOOLEAN
		return ""
	}
	domain, _, _ := strings.Cut(windows.UTF16ToString(name), `\`)
	return domain
}
