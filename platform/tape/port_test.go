package tape

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

// method is one method of the port, found by reflection: whoever adds one to
// the port meets these tests.
type method struct {
	name       string // "links.all"
	field      int    // of platform.Host
	on         string
	ask        reflect.Type
	answer     reflect.Type // of Stop for a tap
	tap        bool
	capturing  bool
	recordedAs []string
}

func methods(t *testing.T) []method {
	t.Helper()
	var all []method
	hosts := reflect.TypeFor[platform.Host]()
	for i := range hosts.NumField() {
		of := hosts.Field(i)
		if of.Type.Kind() != reflect.Interface {
			t.Fatalf("Host.%s is no interface", of.Name)
		}
		for j := range of.Type.NumMethod() {
			all = append(all, methodOf(t, i, of, of.Type.Method(j)))
		}
	}
	return all
}

func methodOf(t *testing.T, field int, of reflect.StructField, m reflect.Method) method {
	t.Helper()
	f := m.Type
	if f.NumIn() != 2 || f.NumOut() != 2 {
		t.Fatalf("%s.%s is not (ctx, ask) → (answer, error)", of.Name, m.Name)
	}
	noun := strings.ToLower(of.Name)
	x := method{name: noun + "." + strings.ToLower(m.Name), field: field, on: m.Name, ask: f.In(1), answer: f.Out(0)}
	x.recordedAs = []string{x.name}
	stop, isTap := x.answer.MethodByName("Stop")
	switch {
	case x.answer.Kind() != reflect.Interface:
	case isTap:
		x.tap, x.answer = true, stop.Type.Out(0)
		x.recordedAs = append(x.recordedAs, noun+".stop")
	default:
		x.capturing = true
	}
	return x
}

// call calls the method, stops the tap if it made one, and returns the answer.
func (m method) call(t *testing.T, h platform.Host, q reflect.Value) (any, error) {
	t.Helper()
	ctx := reflect.ValueOf(platform.WithCaller(t.Context(), "test.check"))
	on := reflect.ValueOf(h).Field(m.field)
	if on.IsNil() {
		t.Fatalf("%s: the host has no such interface", m.name)
	}
	out := on.MethodByName(m.on).Call([]reflect.Value{ctx, q})
	if m.tap && out[1].IsNil() {
		out = out[0].MethodByName("Stop").Call([]reflect.Value{ctx})
	}
	err, _ := out[1].Interface().(error)
	return out[0].Interface(), err
}

// lines returns a record in which q is answered with a.
func (m method) lines(t *testing.T, q, a any, problem *platform.Problem) []Line {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	lines := []Line{Say(m.name, q, nil, nil)}
	if m.tap {
		lines = append(lines, Line{Of: 1, Method: m.recordedAs[1]})
	}
	last := &lines[len(lines)-1]
	last.Answer, last.Problem = text, problem
	return Compose(lines...)
}

func TestEveryMethodIsRecordedAndPlayed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, m := range methods(t) {
		if m.capturing {
			continue // TestCapture
		}
		for _, problem := range []*platform.Problem{nil, {Code: platform.Timeout, Text: "waited"}} {
			t.Run(fmt.Sprintf("%s/%v", m.name, problem), func(t *testing.T) {
				q, want := random(r, m.ask), random(r, m.answer).Interface()
				live := Play(m.lines(t, q.Interface(), want, problem))
				recorded, log := Record(live, clock())
				got, err := m.call(t, recorded, q)
				check(t, "while recording", got, want, err, problem)

				lines := log.Lines()
				var names []string
				for _, l := range lines {
					names = append(names, l.Method)
					if l.By != "test.check" {
						t.Errorf("%s by: got %q want test.check", l.Method, l.By)
					}
				}
				if !slices.Equal(names, m.recordedAs) {
					t.Fatalf("methods recorded: got %v want %v", names, m.recordedAs)
				}
				got, err = m.call(t, Play(through(t, lines)), q)
				check(t, "on replay", got, want, err, problem)
			})
		}
	}
}

func check(t *testing.T, when string, got, want any, err error, problem *platform.Problem) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v want %+v", when, got, want)
	}
	var wantErr error
	if problem != nil {
		wantErr = problem
	}
	if !reflect.DeepEqual(err, wantErr) {
		t.Errorf("%s: error: got %v want %v", when, err, wantErr)
	}
}

func TestEveryMethodHonorsAnEndedContext(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, m := range methods(t) {
		q := random(r, m.ask)
		h := Play(m.lines(t, q.Interface(), nil, nil))
		out := reflect.ValueOf(h).Field(m.field).MethodByName(m.on).Call([]reflect.Value{reflect.ValueOf(ended), q})
		if err, _ := out[1].Interface().(error); !platform.ErrCanceled.Is(err) {
			t.Errorf("%s: got %v want %v", m.name, err, platform.ErrCanceled)
		}
	}
}

func TestEveryMethodOfAnEmptyRecordIsNotRecorded(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, m := range methods(t) {
		if _, err := m.call(t, Play(nil), random(r, m.ask)); !platform.ErrNotRecorded.Is(err) {
			t.Errorf("%s: got %v want %v", m.name, err, platform.ErrNotRecorded)
		}
	}
}

// TestClasses asks that nothing which may name a person or a machine can enter
// a record without saying how it is redacted.
func TestClasses(t *testing.T) {
	text, err := os.ReadFile("../fact.go")
	if err != nil {
		t.Fatal(err)
	}
	classes := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z]+) `).FindAllSubmatch(text, -1) {
		classes[string(m[1])] = true
	}
	if len(classes) < 5 {
		t.Fatalf("classes at the top of fact.go: got %v", classes)
	}
	w := walker{classes: classes, seen: map[reflect.Type]bool{}}
	for _, m := range methods(t) {
		w.walk(m.ask, m.name)
		if !m.capturing {
			w.walk(m.answer, m.name)
		}
	}
	w.walk(reflect.TypeFor[platform.Problem](), "problem")
	for _, fault := range w.faults {
		t.Error(fault)
	}
}

func TestClassesFindsWhatIsMissing(t *testing.T) {
	type inner struct {
		Good string `redact:"plain"`
		Bad  []string
	}
	type outer struct {
		A     *inner
		B     map[string]inner
		Odd   netip.Addr `redact:"secret"`
		Fine  time.Time
		Never string `json:"-"`
	}
	w := walker{classes: map[string]bool{"plain": true}, seen: map[reflect.Type]bool{}}
	w.walk(reflect.TypeFor[outer](), "m")
	want := []string{`m: inner.Bad: redact class ""`, `m: outer.B: redact class ""`, `m: outer.Odd: redact class "secret"`}
	if !slices.Equal(w.faults, want) {
		t.Errorf("got %q want %q", w.faults, want)
	}
}

type walker struct {
	classes map[string]bool
	seen    map[reflect.Type]bool
	faults  []string
}

func (w *walker) walk(x reflect.Type, method string) {
	switch x.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		w.walk(x.Elem(), method)
		return
	case reflect.Struct:
	default:
		return
	}
	if w.seen[x] || x.PkgPath() == "net/netip" || x == reflect.TypeFor[time.Time]() {
		return
	}
	w.seen[x] = true
	for i := range x.NumField() {
		f := x.Field(i)
		if f.Tag.Get("json") == "-" {
			continue
		}
		class := f.Tag.Get("redact")
		if named, needs := w.classes[class], tells(f.Type); needs && !named || class != "" && !named {
			w.faults = append(w.faults, fmt.Sprintf("%s: %s.%s: redact class %q", method, x.Name(), f.Name, class))
		}
		w.walk(f.Type, method)
	}
}

// tells reports whether a field of type x holds text, bytes or an address
// itself, not through a struct of ours.
func tells(x reflect.Type) bool {
	switch x.Kind() {
	case reflect.String, reflect.Interface:
		return true
	case reflect.Pointer, reflect.Array:
		return tells(x.Elem())
	case reflect.Slice:
		return x.Elem().Kind() == reflect.Uint8 || tells(x.Elem())
	case reflect.Map:
		return tells(x.Key()) || tells(x.Elem())
	}
	return x.PkgPath() == "net/netip"
}

// random fills a value of any type that may be in the port; nothing is zero.
func random(r *rand.Rand, x reflect.Type) reflect.Value {
	v := reflect.New(x).Elem()
	switch x {
	case reflect.TypeFor[time.Time]():
		return reflect.ValueOf(time.Unix(r.Int64N(1<<33), r.Int64N(1e9)).UTC())
	case reflect.TypeFor[platform.Tri]():
		return reflect.ValueOf([]platform.Tri{platform.Yes, platform.No}[r.IntN(2)])
	case reflect.TypeFor[json.RawMessage]():
		return reflect.ValueOf(json.RawMessage(fmt.Sprintf(`{"v":%d}`, r.Int())))
	case reflect.TypeFor[netip.Addr]():
		return reflect.ValueOf(addr(r))
	case reflect.TypeFor[netip.AddrPort]():
		return reflect.ValueOf(netip.AddrPortFrom(addr(r), uint16(1+r.IntN(65535))))
	case reflect.TypeFor[netip.Prefix]():
		return reflect.ValueOf(netip.PrefixFrom(addr(r).WithZone(""), 1+r.IntN(31)))
	}
	switch x.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1 + r.Int64N(100))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1 + r.Uint64N(200))
	case reflect.String:
		v.SetString(fmt.Sprintf("text <%d> \"é\"\n", r.Int()))
	case reflect.Pointer:
		v.Set(reflect.New(x.Elem()))
		v.Elem().Set(random(r, x.Elem()))
	case reflect.Slice:
		for range 1 + r.IntN(3) {
			v = reflect.Append(v, random(r, x.Elem()))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(x))
		v.SetMapIndex(random(r, x.Key()), random(r, x.Elem()))
	case reflect.Struct:
		for i := range x.NumField() {
			if x.Field(i).Tag.Get("json") != "-" {
				v.Field(i).Set(random(r, x.Field(i).Type))
			}
		}
	default:
		panic("the port has a type that JSON cannot carry: " + x.String())
	}
	return v
}

func addr(r *rand.Rand) netip.Addr {
	if r.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
	}
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 15: byte(r.Uint32())}).WithZone("eth0")
}
