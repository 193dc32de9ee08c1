package reset

import (
	"reflect"
	"unsafe"
)

// set changes a field that is not exported.
func set(v reflect.Value, to float64) {
	w := reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	if w.Kind() == reflect.Float64 {
		w.SetFloat(to)
		return
	}
	w.SetInt(int64(to))
}
