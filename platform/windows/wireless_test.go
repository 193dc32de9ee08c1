package windows

import (
	"encoding/binary"
	"reflect"
	"testing"

	"faultline/platform"
)

// madeInterfaces writes WLAN_INTERFACE_INFO_LIST by hand: the count, the index,
// and of each interface the GUID, a description of 256 units and the state.
func madeInterfaces(states ...uint32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(le.AppendUint32(nil, uint32(len(states))), 0)
	for i, s := range states {
		row := make([]byte, 16+512)
		row[0] = byte(i + 1)
		b = le.AppendUint32(append(b, row...), s)
	}
	return b
}

func TestWLANInterfaces(t *testing.T) {
	guid := func(n byte) [16]byte { return [16]byte{n} }
	two := madeInterfaces(wlanConnected, 4)
	for name, c := range map[string]struct {
		b    []byte
		want []wlanInterface
	}{
		"none":          {madeInterfaces(), nil},
		"two":           {two, []wlanInterface{{guid(1), wlanConnected}, {guid(2), 4}}},
		"second is cut": {two[:len(two)-1], []wlanInterface{{guid(1), wlanConnected}}},
		"nothing":       {nil, nil},
		"count of lies": {append([]byte{255, 255, 255, 255}, two[4:]...), []wlanInterface{{guid(1), wlanConnected}, {guid(2), 4}}},
	} {
		if got := decodeWLANInterfaces(c.b); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v want %+v", name, got, c.want)
		}
	}
}

// madeRadio writes WLAN_RADIO_STATE by hand: how many radios, and of each its
// index and what program and switch say (1 on, 2 off).
func madeRadio(phys ...[2]uint32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, uint32(len(phys)))
	for i, p := range phys {
		b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, uint32(i)), p[0]), p[1])
	}
	return append(b, make([]byte, 12*(64-len(phys)))...)
}

func TestWirelessState(t *testing.T) {
	on := madeRadio([2]uint32{1, 1})
	for _, c := range []struct {
		name  string
		state uint32
		radio []byte
		want  platform.WirelessState
	}{
		{"joined", wlanConnected, on, platform.WirelessJoined},
		{"joined, radio not told", wlanConnected, nil, platform.WirelessJoined},
		{"ad hoc", wlanAdHoc, on, platform.WirelessJoined},
		{"disconnected", 4, on, platform.WirelessUnjoined},
		{"authenticating", 7, on, platform.WirelessUnjoined},
		{"not ready", wlanNotReady, on, platform.WirelessOff},
		{"flight mode", wlanNotReady, madeRadio([2]uint32{2, 1}, [2]uint32{2, 1}), platform.WirelessBlockedSoft},
		{"switch", 4, madeRadio([2]uint32{2, 2}), platform.WirelessBlockedHard},
		{"one radio of two is off", 4, madeRadio([2]uint32{2, 1}, [2]uint32{1, 1}), platform.WirelessUnjoined},
		{"unknown is not off", 4, madeRadio([2]uint32{0, 0}), platform.WirelessUnjoined},
		{"no radio", 4, madeRadio(), platform.WirelessUnjoined},
	} {
		if got := wirelessState(c.state, decodeRadio(c.radio)); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

// The structure by wlanapi.h: isState 4, mode 4, profile 512, then the
// association: SSID 4+32, kind 4, BSSID 6 and 2 of padding, two numbers.
func TestSignal(t *testing.T) {
	connection := func(quality uint32) []byte {
		b := make([]byte, 604)
		binary.LittleEndian.PutUint32(b[4+4+512+36+4+8+4+4:], quality)
		return b
	}
	rssi := func(dBm int32) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(dBm)) }
	for name, c := range map[string]struct{ got, want int }{
		"quality":          {decodeQuality(connection(80)), -60},
		"best quality":     {decodeQuality(connection(100)), -50},
		"no quality":       {decodeQuality(connection(0)), 0},
		"quality of lies":  {decodeQuality(connection(101)), 0},
		"hidden quality":   {decodeQuality(nil), 0},
		"strength":         {decodeRSSI(rssi(-67)), -67},
		"strength of lies": {decodeRSSI(rssi(67)), 0},
		"hidden strength":  {decodeRSSI(nil), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %d want %d", name, c.got, c.want)
		}
	}
}

func FuzzWireless(f *testing.F) {
	f.Add(madeInterfaces(1, 4), madeRadio([2]uint32{1, 2}))
	f.Fuzz(func(t *testing.T, list, rest []byte) {
		for _, i := range decodeWLANInterfaces(list) {
			if wirelessState(i.State, decodeRadio(rest)) == "" {
				t.Errorf("got no state of %+v", i)
			}
		}
		if dBm := decodeRSSI(rest); dBm > 0 || dBm < -120 {
			t.Errorf("got %d dBm", dBm)
		}
		if dBm := decodeQuality(rest); dBm > 0 || dBm < -100 {
			t.Errorf("got %d dBm", dBm)
		}
	})
}

func TestWhenTheServiceCannotTell(t *testing.T) {
	for _, c := range []struct {
		name   string
		number uint32
		want   platform.ProblemCode
	}{
		{"the service does not run", errorServiceNotActive, platform.NoMechanism},
		{"the location is private", 5, platform.Permission},
	} {
		if got := wlanProblem(c.number).Code; got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
