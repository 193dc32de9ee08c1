package windows

import (
	"context"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Class and interface of netfw.h.
var (
	classFwProducts = windows.GUID{Data1: 0xcc19079b, Data2: 0x8272, Data3: 0x4d73, Data4: [8]byte{0xbb, 0x70, 0xcd, 0xb5, 0x33, 0x52, 0x7b, 0x61}}
	iidFwProducts   = windows.GUID{Data1: 0x39eb36e0, Data2: 0x2097, Data3: 0x40bd, Data4: [8]byte{0x8a, 0xf2, 0x63, 0xa1, 0x3b, 0x52, 0x53, 0x62}}
)

// Places of methods in their tables: IUnknown has 3, IDispatch 4 more.
const (
	productsCount = 7 // INetFwProducts.get_Count
	productsItem  = 9
	productName   = 9 // INetFwProduct.get_DisplayName

	mostProducts    = 32
	mostProductName = 128
)

// registered asks which products have registered with the Windows Firewall as
// taking its place, for a short while. A product that hooks in without a word to
// it is not told.
func registered(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, beliefPatience)
	defer cancel()
	return within(ctx, askProducts)
}

func askProducts() ([]string, error) {
	if err := absent(sysFreeString); err != nil {
		return nil, err
	}
	return onCOM(&classFwProducts, &iidFwProducts, func(products *comObject) (names []string, err error) {
		var n int32
		if err := products.call(productsCount, uintptr(unsafe.Pointer(&n))); err != nil {
			return nil, err
		}
		for i := range min(n, mostProducts) {
			var one *comObject
			if products.call(productsItem, uintptr(i), uintptr(unsafe.Pointer(&one))) != nil || one == nil {
				continue
			}
			if name := displayName(one); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
			one.release()
		}
		return names, nil
	})
}

func displayName(product *comObject) string {
	var text *uint16
	if product.call(productName, uintptr(unsafe.Pointer(&text))) != nil || text == nil {
		return ""
	}
	defer sysFreeString.Call(uintptr(unsafe.Pointer(text)))
	name := []rune(printed(windows.UTF16PtrToString(text)))
	return string(name[:min(len(name), mostProductName)])
}
