package windows

// MIB_IPINTERFACE_ROW of netioapi.h; alike for 32 and 64 bit.
const (
	ipRowSize = 168
	ipRows    = 8 // where the first row of MIB_IPINTERFACE_TABLE lies

	ipIndex     = 16
	ipMetric    = 148
	ipMTU       = 152 // NlMtu
	ipConnected = 156
)

// onIP names an adapter and a family, each of which has settings of its own.
type onIP struct {
	index int
	v6    bool
}

// ipInterface is how one family runs on one adapter.
type ipInterface struct {
	metric    int // added to that of each route
	mtu       int // bytes; 0: not told
	connected bool
}

// decodeIPInterfaces reads MIB_IPINTERFACE_TABLE.
func decodeIPInterfaces(b []byte) map[onIP]ipInterface {
	all := map[onIP]ipInterface{}
	for _, s := range rows(b, ipRows, ipRowSize) {
		if f := s.u16(0); f == familyIPv4 || f == familyIPv6 {
			all[onIP{int(s.u32(ipIndex)), f == familyIPv6}] = ipInterface{metric: int(s.u32(ipMetric)),
				mtu: int(min(s.u32(ipMTU), mostMTU)), connected: s.u8(ipConnected) != 0}
		}
	}
	return all
}

// ipOfAdapters is what GetAdaptersAddresses knows of the same.
func ipOfAdapters(all []adapter) map[onIP]ipInterface {
	out := map[onIP]ipInterface{}
	for _, a := range all {
		up := a.status == operUp
		if a.index4 > 0 {
			out[onIP{a.index4, false}] = ipInterface{metric: a.metric4, connected: up}
		}
		if a.index6 > 0 {
			out[onIP{a.index6, true}] = ipInterface{metric: a.metric6, connected: up}
		}
	}
	return out
}

// mtuOf is what IP sends at most on an adapter, the smaller of both families;
// 0 where it is not told.
func mtuOf(on map[onIP]ipInterface, index int) int {
	v4, v6 := on[onIP{index, false}].mtu, on[onIP{index, true}].mtu
	if v4 > 0 && v6 > 0 {
		return min(v4, v6)
	}
	return max(v4, v6)
}
