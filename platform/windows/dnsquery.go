package windows

import "unsafe"

// dnsRequest is DNS_QUERY_REQUEST of windns.h, in the form of the running
// processor: without a completion callback the query ends before the call does.
type dnsRequest struct {
	version uint32 // DNS_QUERY_REQUEST_VERSION1
	name    *uint16
	kind    uint16
	_       [8 - unsafe.Sizeof(uintptr(0))]byte // ULONG64 lies at multiples of 8 on 32 bits, too
	options uint64
	servers uintptr
	link    uint32
	done    uintptr
	context uintptr
}

// dnsResult is DNS_QUERY_RESULT of windns.h.
type dnsResult struct {
	version  uint32
	status   int32
	options  uint64
	records  uintptr
	reserved uintptr
}

// rcodes are the ends of a query that winerror.h has a number for; the first ones
// are the response codes of RFC 1035 §4.1.1, plus 9000.
var rcodes = map[uint32]string{
	9001: "FORMERR", 9002: "SERVFAIL", 9003: "NXDOMAIN", 9004: "NOTIMP", 9005: "REFUSED",
	9501: "NODATA", // DNS_INFO_NO_RECORDS
	9701: "NODATA", // DNS_ERROR_RECORD_DOES_NOT_EXIST
}

// endOfQuery names how a query of the system ended; "" where that says nothing of
// an answer.
func endOfQuery(number uint32, asked bool) string {
	if asked && number == 0 {
		return "NOERROR"
	}
	return rcodes[number]
}
