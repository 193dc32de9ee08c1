package windows

import (
	"sync"

	"golang.org/x/sys/windows"
)

// ReadyRoots begins, once, to load the authorities that this user trusts: the
// store is read when it is first opened, and kept for as long as the process
// lasts (CertOpenSystemStoreW, wincrypt.h).
func ReadyRoots() { readyRoots() }

var readyRoots = sync.OnceFunc(func() {
	go func() {
		if s, err := windows.CertOpenSystemStore(0, windows.StringToUTF16Ptr("ROOT")); err == nil {
			_ = windows.CertCloseStore(s, 0)
		}
	}()
})
