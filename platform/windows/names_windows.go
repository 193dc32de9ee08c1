package windows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"faultline/platform"
	"faultline/platform/portable"
)

var (
	dnsapi         = windows.NewLazySystemDLL("dnsapi.dll")
	procDNSQuery   = dnsapi.NewProc("DnsQuery_W")
	procDNSQueryEx = dnsapi.NewProc("DnsQueryEx")
)

// Keys of the local machine, and what the policy of a domain puts in their
// place.
const (
	tcpipKey      = `SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	dnscacheKey   = `SYSTEM\CurrentControlSet\Services\Dnscache`
	nrptKey       = dnscacheKey + `\Parameters\DnsPolicyConfig`
	dnsPolicyKey  = `SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`
	nrptPolicyKey = dnsPolicyKey + `\DnsPolicyConfig`

	etc = `%SystemRoot%\System32\drivers\etc` // where DataBasePath is not set

	maxFile      = 4 << 20 // blocking lists in hosts files are long
	namePatience = 30 * time.Second
	mostAnswers  = 256
)

type names struct{}

// Resolvers reads the adapters' settings and the registry.
func (names) Resolvers(ctx context.Context, _ platform.Reading) (platform.Resolvers, error) {
	if err := ended(ctx); err != nil {
		return platform.Resolvers{}, err
	}
	all, err := readAdapters()
	if err != nil {
		return platform.Resolvers{}, fmt.Errorf("listing adapters: %w", err)
	}
	r := resolversOf(all, readIPInterfaces(all), readNameSettings())
	encrypt(r.Servers, readEncrypted(all))
	return r, nil
}

// readNameSettings reads the registry. What is not there is not set.
func readNameSettings() (set nameSettings) {
	for _, key := range []string{dnsPolicyKey, tcpipKey} {
		if list, _ := regText(key, "SearchList"); len(set.search) == 0 {
			set.search = words(list)
		}
	}
	if set.domain, _ = regText(tcpipKey, "Domain"); set.domain == "" {
		set.domain, _ = regText(tcpipKey, "DhcpDomain")
	}
	if set.rules = readNRPT(nrptPolicyKey); len(set.rules) == 0 { // the policy's table takes the place of the local one
		set.rules = readNRPT(nrptKey)
	}
	if k, err := registry.OpenKey(registry.LOCAL_MACHINE, dnscacheKey, registry.READ); err == nil {
		k.Close()
		set.cache = true
	}
	return set
}

// regText reads text of the local machine, with its variables filled in.
func regText(key, name string) (string, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.READ)
	if err != nil {
		return "", err
	}
	defer k.Close()
	s, kind, err := k.GetStringValue(name)
	if err == nil && kind == registry.EXPAND_SZ {
		return registry.ExpandString(s)
	}
	return s, err
}

// readNRPT reads one of the two tables: a key for each rule.
func readNRPT(key string) (rules []nrptRule) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.READ)
	if err != nil {
		return nil
	}
	defer k.Close()
	subkeys, _ := k.ReadSubKeyNames(mostRules)
	slices.Sort(subkeys)
	for _, name := range subkeys {
		one, err := registry.OpenKey(k, name, registry.READ)
		if err != nil {
			continue
		}
		r := nrptRule{}
		r.names, _, _ = one.GetStringsValue("Name")
		r.servers, _, _ = one.GetStringValue("GenericDNSServers")
		r.options, _, _ = one.GetIntegerValue("ConfigOptions")
		one.Close()
		rules = append(rules, r)
	}
	return rules
}

// Hosts looks a name up in the file that the system reads.
func (names) Hosts(ctx context.Context, q platform.HostsAsk) (platform.HostsAnswer, error) {
	if err := ended(ctx); err != nil {
		return platform.HostsAnswer{}, err
	}
	dir, err := regText(tcpipKey, "DataBasePath")
	if err != nil || dir == "" {
		dir, _ = registry.ExpandString(etc)
	}
	a := platform.HostsAnswer{Path: filepath.Join(dir, "hosts")}
	b, err := beginningOf(a.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, nil
	case err != nil:
		return a, fmt.Errorf("reading the hosts file: %w", systemProblem(numberOf(err)))
	}
	a.Addresses = portable.Hosts(b, q.Name)
	return a, nil
}

func beginningOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// found is what a lookup that cannot be canceled ended with.
type found struct {
	answer platform.NameAnswer
	number uint32
}

// System asks GetAddrInfoW, as ordinary programs do: it heeds the hosts file,
// the rules, the cache and what there is beside DNS, and orders the addresses.
// Where it fails, a query of DNS alone tells why.
func (names) System(ctx context.Context, q platform.NameAsk) (platform.NameAnswer, error) {
	if err := ended(ctx); err != nil {
		return platform.NameAnswer{}, err
	}
	if !askable(q.Name) {
		return platform.NameAnswer{}, &platform.Problem{Code: platform.NotFound, Text: "no name that can be asked for"}
	}
	if err := startWinsock(); err != nil {
		return platform.NameAnswer{}, socketProblem(err)
	}
	ctx, cancel := bounded(ctx, namePatience)
	defer cancel()
	began := time.Now()
	f, err := within(ctx, func() (found, error) { return addrInfo(q.Name), nil })
	f.answer.Via, f.answer.Waited = "GetAddrInfoW", time.Since(began)
	if err != nil || f.number == 0 {
		return f.answer, err
	}
	why, err := within(ctx, func() (queried, error) { return query(q.Name), nil })
	if err == nil && why.by != "" {
		f.answer.DNS, f.answer.Via = endOfQuery(why.number, true), f.answer.Via+", "+why.by
	}
	return f.answer, lookupProblem(f.number, why.number) // 0 when it was not told in time
}

// addrInfo asks for all addresses of a name.
func addrInfo(name string) (f found) {
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return found{number: wsaHostNotFound}
	}
	const canonName = 2 // AI_CANONNAME
	hints := windows.AddrinfoW{Flags: canonName, Family: windows.AF_UNSPEC, Socktype: windows.SOCK_STREAM}
	var first *windows.AddrinfoW
	if err := windows.GetAddrInfoW(wide, nil, &hints, &first); err != nil {
		return found{number: max(numberOf(err), 1)}
	}
	defer windows.FreeAddrInfoW(first)
	for i := first; i != nil && len(f.answer.Addresses) < mostAnswers; i = i.Next {
		if i.Canonname != nil && f.answer.Canonical == "" {
			f.answer.Canonical = windows.UTF16PtrToString(i.Canonname)
		}
		if a := addressIn(i); a.IsValid() && !slices.Contains(f.answer.Addresses, a) {
			f.answer.Addresses = append(f.answer.Addresses, a)
		}
	}
	if len(f.answer.Addresses) == 0 {
		f.number = wsaNoData
	}
	return f
}

// addressIn copies the address to which an entry points.
func addressIn(i *windows.AddrinfoW) (a netip.Addr) {
	p := *(*unsafe.Pointer)(unsafe.Pointer(&i.Addr))
	if p == nil {
		return a
	}
	return structure(slices.Clone(unsafe.Slice((*byte)(p), min(i.Addrlen, sizeSockaddrInet)))).scoped()
}

// queried is how a query of DNS ended, and which function made it; "" where there
// is none.
type queried struct {
	number uint32
	by     string
}

// Numbers of windns.h and winerror.h.
const (
	requestVersion1 = 1
	dnsTypeA        = 1

	notImplemented    = 120  // ERROR_CALL_NOT_IMPLEMENTED
	wrongParameter    = 87   // ERROR_INVALID_PARAMETER
	notImplementedDNS = 9004 // DNS_ERROR_RCODE_NOT_IMPLEMENTED, which Wine 8 answers always
)

// without says that a function may be there in name only.
func without(number uint32) bool {
	return number == notImplemented || number == wrongParameter || number == notImplementedDNS
}

// query asks DNS alone, by the function that replaced the older one, else by that.
func query(name string) (q queried) {
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return q
	}
	if absent(procDNSQueryEx) == nil {
		if q = (queried{queryEx(wide), procDNSQueryEx.Name}); !without(q.number) {
			return q
		}
	}
	if absent(procDNSQuery) != nil {
		return queried{}
	}
	var records *windows.DNSRecord
	n, _, _ := procDNSQuery.Call(uintptr(unsafe.Pointer(wide)), dnsTypeA, 0, 0, uintptr(unsafe.Pointer(&records)), 0)
	freeRecords(records)
	return queried{uint32(n), procDNSQuery.Name}
}

// queryEx waits for the query, as it names nobody to be told of its end.
func queryEx(name *uint16) uint32 {
	ask, got := dnsRequest{version: requestVersion1, name: name, kind: dnsTypeA}, dnsResult{version: requestVersion1}
	n, _, _ := procDNSQueryEx.Call(uintptr(unsafe.Pointer(&ask)), uintptr(unsafe.Pointer(&got)), 0)
	freeRecords(*(**windows.DNSRecord)(unsafe.Pointer(&got.records)))
	if n == 0 {
		return uint32(got.status)
	}
	return uint32(n)
}

func freeRecords(records *windows.DNSRecord) {
	if records != nil {
		windows.DnsRecordListFree(records, 1) // DnsFreeRecordList
	}
}

// nameRows are the mechanisms of Names.
func nameRows() []platform.Mechanism {
	return []platform.Mechanism{
		tried("names.resolvers", "GetAdaptersAddresses, GetInterfaceDnsSettings, registry: Tcpip, DNSClient policy, NRPT", nil),
		tried("names.hosts", "the file in DataBasePath", nil),
		tried("names.system", "GetAddrInfoW, DnsQueryEx", nil),
	}
}
