package windows

import (
	"testing"
	"unsafe"
)

func TestVariantLayout(t *testing.T) {
	want := map[uintptr]uintptr{8: 24, 4: 16}[unsafe.Sizeof(uintptr(0))]
	if got, at := unsafe.Sizeof(variant{}), unsafe.Offsetof(variant{}.data); got != want || at != 8 {
		t.Errorf("got %d bytes, the value at %d want %d, at 8", got, at, want)
	}
}

// TestManagementService asks for what Wine has a class for, too.
func TestManagementService(t *testing.T) {
	processes := 0
	err := wmi(`ROOT\CIMV2`, "SELECT NumberOfLogicalProcessors FROM Win32_ComputerSystem", 4, func(row *comObject) {
		n, ok := numberOfRow(row, "NumberOfLogicalProcessors")
		if _, none := numberOfRow(row, "NoSuchProperty"); none {
			t.Error("got a property that no class has")
		}
		if ok {
			processes += int(n)
		}
	})
	if err != nil || processes == 0 {
		t.Errorf("got %d processors, %v want some", processes, err)
	}
	if err := wmi(`ROOT\NoSuchNamespace`, "SELECT * FROM Nothing", 4, func(*comObject) { t.Error("got a row") }); err == nil {
		t.Error("got no error of a namespace that is not there")
	}
}

// TestPortRangeHere: where the class is not there, the range is assumed.
func TestPortRangeHere(t *testing.T) {
	low, high, ok := readPortRange(t.Context())
	if ok && (low < 1025 || high > 65535 || low >= high) || !ok && (low != 0 || high != 0) {
		t.Errorf("got %d-%d, %v want a range, or none", low, high, ok)
	}
	t.Log(low, high, ok)
}
