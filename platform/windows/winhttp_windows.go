package windows

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	winhttp            = windows.NewLazySystemDLL("winhttp.dll")
	winhttpOpen        = winhttp.NewProc("WinHttpOpen")
	winhttpClose       = winhttp.NewProc("WinHttpCloseHandle")
	winhttpUserConfig  = winhttp.NewProc("WinHttpGetIEProxyConfigForCurrentUser")
	winhttpMachine     = winhttp.NewProc("WinHttpGetDefaultProxyConfiguration")
	winhttpDetect      = winhttp.NewProc("WinHttpDetectAutoProxyConfigUrl")
	winhttpProxyForURL = winhttp.NewProc("WinHttpGetProxyForUrl")

	globalFree = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
)

// Numbers of winhttp.h.
const (
	accessNoProxy    = 1 // WINHTTP_ACCESS_TYPE_NO_PROXY
	accessNamedProxy = 3 // WINHTTP_ACCESS_TYPE_NAMED_PROXY
	scriptNamed      = 2 // WINHTTP_AUTOPROXY_CONFIG_URL
	detectByAll      = 3 // WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A
)

// The structures of winhttp.h, in the form of the running processor.
type (
	winhttpUserStruct struct { // WINHTTP_CURRENT_USER_IE_PROXY_CONFIG
		detects               int32
		script, proxy, bypass *uint16
	}
	winhttpProxyStruct struct { // WINHTTP_PROXY_INFO
		access        uint32
		proxy, bypass *uint16
	}
	winhttpScriptStruct struct { // WINHTTP_AUTOPROXY_OPTIONS
		flags, detect uint32
		script        *uint16
		_             uintptr
		_             uint32
		logsOn        int32
	}
)

// called calls a function of WinHTTP that returns a BOOL; number is its last
// error, 0 where it returned TRUE. What the arguments point to stays where it is,
// also while the library is loaded, for which a stack may move.
//
//go:uintptrescapes
func called(f *windows.LazyProc, args ...uintptr) (number uint32, err error) {
	if err := absent(f); err != nil {
		return 0, err
	}
	ok, _, last := f.Call(args...)
	if ok != 0 {
		return 0, nil
	}
	n, _ := last.(syscall.Errno)
	return max(uint32(n), 1), nil // a failure whose error is 0 is one all the same
}

// taken copies a string that the system allocated, and frees it.
func taken(p *uint16) string {
	if p == nil {
		return ""
	}
	s := windows.UTF16PtrToString(p)
	if globalFree.Find() == nil {
		_, _, _ = globalFree.Call(uintptr(unsafe.Pointer(p)))
	}
	return s
}

// userConfig reads the setting of the user as whom this process runs.
func userConfig() (u userProxy, err error) {
	var c winhttpUserStruct
	number, err := called(winhttpUserConfig, uintptr(unsafe.Pointer(&c)))
	if err != nil {
		return u, err
	}
	u = userProxy{Detects: c.detects != 0, Script: taken(c.script), Proxy: taken(c.proxy), Bypass: taken(c.bypass)}
	return u, settingProblem(number)
}

// machineConfig reads the setting of WinHTTP, which services follow.
func machineConfig() (list, bypass string) {
	var c winhttpProxyStruct
	number, err := called(winhttpMachine, uintptr(unsafe.Pointer(&c)))
	list, bypass = taken(c.proxy), taken(c.bypass)
	if err != nil || number != 0 || c.access != accessNamedProxy {
		return "", ""
	}
	return list, bypass
}

// findScript asks WPAD; it may block for many seconds.
func findScript() (string, error) {
	var found *uint16
	number, err := called(winhttpDetect, detectByAll, uintptr(unsafe.Pointer(&found)))
	if err != nil {
		return "", err
	}
	script := taken(found)
	if number != 0 {
		return "", scriptProblem(number)
	}
	return script, nil
}

// runScript lets WinHTTP fetch a script and run it, in a process of its own with
// few rights. It sends nobody's credentials. It may block for many seconds.
func runScript(script, target string) (string, error) {
	session, err := winhttpSession()
	if err != nil {
		return "", err
	}
	defer func() { _, _ = called(winhttpClose, session) }()
	at, err := windows.UTF16PtrFromString(script)
	if err != nil {
		return "", fmt.Errorf("the address of the script: %w", err)
	}
	u, err := windows.UTF16PtrFromString(target)
	if err != nil {
		return "", fmt.Errorf("the address of the target: %w", err)
	}
	options := winhttpScriptStruct{flags: scriptNamed, script: at}
	var c winhttpProxyStruct
	number, err := called(winhttpProxyForURL, session, uintptr(unsafe.Pointer(u)), uintptr(unsafe.Pointer(&options)), uintptr(unsafe.Pointer(&c)))
	if err != nil {
		return "", err
	}
	answer := taken(c.proxy)
	taken(c.bypass)
	if number != 0 {
		return "", scriptProblem(number)
	}
	if c.access != accessNamedProxy {
		return "", nil
	}
	return answer, nil
}

func winhttpSession() (uintptr, error) {
	if err := absent(winhttpOpen, winhttpClose); err != nil {
		return 0, err
	}
	session, _, last := winhttpOpen.Call(0, accessNoProxy, 0, 0, 0)
	if session == 0 {
		return 0, fmt.Errorf("opening WinHTTP: %w", last)
	}
	return session, nil
}
