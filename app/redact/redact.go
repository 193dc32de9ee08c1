// Package redact puts stand-ins in the place of what tells who and where: the
// same one for the same value, so that what belongs together still does. What a
// field holds is told by its class, the struct tag redact of package platform.
//
// It never keeps a value whose class it does not know, and never writes
// anything anywhere.
package redact

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
)

// Redactor knows which stand-ins were given. The zero value is not usable.
type Redactor struct {
	given map[string]string // by class and value
	count map[string]int
	names map[string]string // hosts, adapters and users, for texts
}

// New returns a redactor that has given none.
func New() *Redactor {
	return &Redactor{given: map[string]string{}, count: map[string]int{}, names: map[string]string{}}
}

// Value returns an ask or an answer of the port as what JSON is made of, with
// stand-ins.
func (r *Redactor) Value(v any) any { return r.walk(reflect.ValueOf(v), "") }

func (r *Redactor) walk(v reflect.Value, class string) any {
	if !v.IsValid() {
		return nil
	}
	if known, ok := r.special(v); ok {
		return known
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return r.walk(v.Elem(), class)
	case reflect.Struct:
		out := map[string]any{}
		r.fields(v, out)
		return out
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Len()
		}
		out := make([]any, 0, v.Len())
		for i := range v.Len() {
			out = append(out, r.walk(v.Index(i), class))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for at := v.MapRange(); at.Next(); {
			out[fmt.Sprint(r.walk(at.Key(), class))] = r.walk(at.Value(), class)
		}
		return out
	case reflect.String:
		return r.text(class, v.String())
	}
	if class == "user" {
		return r.text(class, fmt.Sprint(v.Interface()))
	}
	return v.Interface()
}

// special writes what has a form of its own in JSON. Of those only addresses
// say who or where.
func (r *Redactor) special(v reflect.Value) (out any, ok bool) {
	switch x := v.Interface().(type) {
	case netip.Addr:
		return r.addr(x), true
	case netip.AddrPort:
		if !x.IsValid() {
			return "", true
		}
		return netip.AddrPortFrom(r.standIn(x.Addr()), x.Port()).String(), true
	case netip.Prefix:
		if !x.IsValid() {
			return "", true
		}
		return netip.PrefixFrom(r.standIn(x.Addr()), x.Bits()).String(), true
	case json.RawMessage:
		return len(x), true
	case json.Marshaler, encoding.TextMarshaler:
		if v.Kind() != reflect.Pointer {
			return x, true
		}
	}
	return nil, false
}

// fields writes the fields of a struct under their names in JSON.
func (r *Redactor) fields(v reflect.Value, out map[string]any) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			r.fields(v.Field(i), out)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || options != "" && v.Field(i).IsZero() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		out[name] = r.walk(v.Field(i), f.Tag.Get("redact"))
	}
}

// text replaces one string by its class. Without a class nothing is known of
// it.
func (r *Redactor) text(class, s string) string {
	switch {
	case s == "" || class == "plain":
		return s
	case class == "text":
		return r.free(s)
	case class == "host" || class == "addr":
		return r.host(s)
	case class == "mac":
		return r.mac(s)
	case class == "link" || class == "user":
		return r.name(class, s)
	}
	return fmt.Sprintf("%d characters", len(s))
}
