package windows

import (
	"context"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

// mostTemplates are more than the six that Windows has.
const mostTemplates = 16

var (
	oleaut32         = windows.NewLazySystemDLL("oleaut32.dll")
	sysAllocString   = oleaut32.NewProc("SysAllocString")
	sysFreeString    = oleaut32.NewProc("SysFreeString")
	variantClear     = oleaut32.NewProc("VariantClear")
	coSetProxyClient = ole32.NewProc("CoSetProxyBlanket")

	// Class and interface of wbemcli.h.
	classWbemLocator = windows.GUID{Data1: 0x4590f811, Data2: 0x1d3a, Data3: 0x11d0, Data4: [8]byte{0x89, 0x1f, 0x00, 0xaa, 0x00, 0x4b, 0x2e, 0x24}}
	iidWbemLocator   = windows.GUID{Data1: 0xdc12a687, Data2: 0x737f, Data3: 0x11cf, Data4: [8]byte{0x88, 0x4d, 0x00, 0xaa, 0x00, 0x4b, 0x2e, 0x24}}
)

// Places of methods in their tables, and numbers of wbemcli.h and rpcdce.h.
const (
	wbemConnectServer = 3
	wbemExecQuery     = 20
	wbemNext          = 4 // of IEnumWbemClassObject
	wbemGet           = 4 // of IWbemClassObject

	wbemMaxWait     = 0x80        // WBEM_FLAG_CONNECT_USE_MAX_WAIT
	wbemForwardOnly = 0x20 | 0x10 // WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY

	authnWinNT       = 10 // RPC_C_AUTHN_WINNT
	authnLevelCall   = 3  // RPC_C_AUTHN_LEVEL_CALL
	levelImpersonate = 3  // RPC_C_IMP_LEVEL_IMPERSONATE

	wmiPatience = 1500 * time.Millisecond
	rowPatience = 1000 // milliseconds
)

// variant is VARIANT of oaidl.h, in the form of the running processor.
type variant struct {
	kind uint16
	_    [3]uint16
	data [2]uintptr
}

func (v *variant) number() (uint32, bool) {
	return variantNumber(v.kind, *(*[8]byte)(unsafe.Pointer(&v.data)))
}

func (v *variant) clear() { variantClear.Call(uintptr(unsafe.Pointer(v))) }

// bstr makes a string of COM, which must be freed.
func bstr(s string) uintptr {
	wide, err := windows.UTF16PtrFromString(s)
	if err != nil {
		return 0
	}
	b, _, _ := sysAllocString.Call(uintptr(unsafe.Pointer(wide)))
	return b
}

func free(b uintptr) { sysFreeString.Call(b) }

// wmi asks the management service of this machine, and reads each row that it
// answers with.
func wmi(namespace, query string, most int, read func(row *comObject)) error {
	if err := absent(sysAllocString, sysFreeString, variantClear, coSetProxyClient); err != nil {
		return err
	}
	_, err := onCOM(&classWbemLocator, &iidWbemLocator, func(locator *comObject) (struct{}, error) {
		return struct{}{}, ask(locator, namespace, query, most, read)
	})
	return err
}

func ask(locator *comObject, namespace, query string, most int, read func(row *comObject)) error {
	space, language, words := bstr(namespace), bstr("WQL"), bstr(query)
	defer free(space)
	defer free(language)
	defer free(words)
	var services, rows *comObject
	if err := locator.call(wbemConnectServer, space, 0, 0, 0, wbemMaxWait, 0, 0, uintptr(unsafe.Pointer(&services))); err != nil {
		return err
	}
	if services == nil {
		return &platform.Problem{Code: platform.NoMechanism, Text: "the management service is not here"}
	}
	defer services.release()
	hr, _, _ := coSetProxyClient.Call(uintptr(unsafe.Pointer(services)), authnWinNT, 0, 0, authnLevelCall, levelImpersonate, 0, 0)
	if err := comProblem(uint32(hr)); err != nil {
		return err
	}
	if err := services.call(wbemExecQuery, language, words, wbemForwardOnly, 0, uintptr(unsafe.Pointer(&rows))); err != nil || rows == nil {
		return err
	}
	defer rows.release()
	for range most {
		var row *comObject
		var n uint32
		if err := rows.call(wbemNext, rowPatience, 1, uintptr(unsafe.Pointer(&row)), uintptr(unsafe.Pointer(&n))); err != nil || n == 0 || row == nil {
			return err
		}
		read(row)
		row.release()
	}
	return nil
}

// numberOfRow reads a property of a row.
func numberOfRow(row *comObject, name string) (uint32, bool) {
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, false
	}
	var v variant
	if row.call(wbemGet, uintptr(unsafe.Pointer(wide)), 0, uintptr(unsafe.Pointer(&v)), 0, 0) != nil {
		return 0, false
	}
	defer v.clear()
	return v.number()
}

// readPortRange asks for the range from which ports are handed out; only the
// provider of the TCP settings tells it, in a namespace that a user may read.
func readPortRange(ctx context.Context) (low, high int, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, wmiPatience)
	defer cancel()
	all, err := within(ctx, func() (all []template, err error) {
		const query = "SELECT DynamicPortRangeStartPort, DynamicPortRangeNumberOfPorts FROM MSFT_NetTCPSetting"
		err = wmi(`ROOT\StandardCimv2`, query, mostTemplates, func(row *comObject) {
			start, there := numberOfRow(row, "DynamicPortRangeStartPort")
			count, too := numberOfRow(row, "DynamicPortRangeNumberOfPorts")
			if there && too { // the template that chooses among the others has none
				all = append(all, template{start, count})
			}
		})
		return all, err
	})
	if err != nil {
		return 0, 0, false
	}
	return portRange(all)
}
