package windows

import (
	"sync"

	"golang.org/x/sys/windows"
)

// underWine tells whether Wine runs this program, by an export that Windows does
// not have.
var underWine = sync.OnceValue(func() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
})

// faked tells whether a part of an answer would be made up here.
func faked(method, part string) bool { return isMadeUp(method, part) && underWine() }
