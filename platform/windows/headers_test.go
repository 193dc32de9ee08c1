//go:build !windows

package windows

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// headers are those of the Windows API as mingw-w64 has them; the first line
// makes them tell all that Windows 10 and 11 have.
const headers = `#define _WIN32_WINNT 0x0A00
#define NTDDI_VERSION 0x0A000008
#include <stddef.h>
#include <initguid.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mstcpip.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <icmpapi.h>
#include <ipexport.h>
#include <ntddndis.h>
#include <wlanapi.h>
#include <windot11.h>
#include <winevt.h>
#include <wtsapi32.h>
#include <winhttp.h>
#include <windns.h>
#include <netlistmgr.h>
#include <winsvc.h>
#define SECURITY_WIN32
#include <sspi.h>
`

// fromHeaders are the numbers of this package and what they are in C. Structures
// are written as type.field, and layout is the one for the size of pointers.
const fromHeaders = `
operUp IfOperStatusUp
operNotPresent IfOperStatusNotPresent
dadTentative IpDadStateTentative
dadDuplicate IpDadStateDuplicate
dadDeprecated IpDadStateDeprecated
prefixAdvertised IpPrefixOriginRouterAdvertisement
suffixRandom IpSuffixOriginRandom
maxMAC MAX_ADAPTER_ADDRESS_LENGTH
layout.next IP_ADAPTER_ADDRESSES_LH.Next
layout.name IP_ADAPTER_ADDRESSES_LH.AdapterName
layout.unicast IP_ADAPTER_ADDRESSES_LH.FirstUnicastAddress
layout.dns IP_ADAPTER_ADDRESSES_LH.FirstDnsServerAddress
layout.suffix IP_ADAPTER_ADDRESSES_LH.DnsSuffix
layout.description IP_ADAPTER_ADDRESSES_LH.Description
layout.friendly IP_ADAPTER_ADDRESSES_LH.FriendlyName
layout.mac IP_ADAPTER_ADDRESSES_LH.PhysicalAddress
layout.macLength IP_ADAPTER_ADDRESSES_LH.PhysicalAddressLength
layout.flags IP_ADAPTER_ADDRESSES_LH.Flags
layout.mtu IP_ADAPTER_ADDRESSES_LH.Mtu
layout.kind IP_ADAPTER_ADDRESSES_LH.IfType
layout.status IP_ADAPTER_ADDRESSES_LH.OperStatus
layout.index6 IP_ADAPTER_ADDRESSES_LH.Ipv6IfIndex
layout.speed IP_ADAPTER_ADDRESSES_LH.TransmitLinkSpeed
layout.gateway IP_ADAPTER_ADDRESSES_LH.FirstGatewayAddress
layout.metric4 IP_ADAPTER_ADDRESSES_LH.Ipv4Metric
layout.metric6 IP_ADAPTER_ADDRESSES_LH.Ipv6Metric
layout.luid IP_ADAPTER_ADDRESSES_LH.Luid
layout.dhcp IP_ADAPTER_ADDRESSES_LH.Dhcpv4Server
layout.suffixes IP_ADAPTER_ADDRESSES_LH.FirstDnsSuffix
layout.size sizeof(IP_ADAPTER_ADDRESSES_LH)
layout.entryAddress IP_ADAPTER_UNICAST_ADDRESS_LH.Address
layout.prefixOrigin IP_ADAPTER_UNICAST_ADDRESS_LH.PrefixOrigin
layout.suffixOrigin IP_ADAPTER_UNICAST_ADDRESS_LH.SuffixOrigin
layout.dad IP_ADAPTER_UNICAST_ADDRESS_LH.DadState
layout.onLink IP_ADAPTER_UNICAST_ADDRESS_LH.OnLinkPrefixLength
layout.suffixText IP_ADAPTER_DNS_SUFFIX.String
nlmGetNetworks INetworkListManagerVtbl.GetNetworks/sizeof(void*)
nlmGetConnectivity INetworkListManagerVtbl.GetConnectivity/sizeof(void*)
enumNetworksNext IEnumNetworksVtbl.Next/sizeof(void*)
networkGetCategory INetworkVtbl.GetCategory/sizeof(void*)
networksConnected NLM_ENUM_NETWORK_CONNECTED
contextAll CLSCTX_INPROC_SERVER|CLSCTX_LOCAL_SERVER|CLSCTX_REMOTE_SERVER
eNotImplemented (unsigned)E_NOTIMPL
classNotRegistered (unsigned)REGDB_E_CLASSNOTREG
sioTCPInfo SIO_TCP_INFO
sioTCPInitialRTO SIO_TCP_INITIAL_RTO
ipUnicastIF IP_UNICAST_IF
ipv6UnicastIF IPV6_UNICAST_IF
outbound SECPKG_CRED_OUTBOUND
ofConnection ISC_REQ_CONNECTION
nativeData SECURITY_NATIVE_DREP
bufferOfToken SECBUFFER_TOKEN
signedIn SEC_E_OK
signInGoesOn SEC_I_CONTINUE_NEEDED
never TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS
flagDF IP_FLAG_DF
semTimeout ERROR_SEM_TIMEOUT
evtChannelPath EvtQueryChannelPath
evtReverse EvtQueryReverseDirection
evtTolerant EvtQueryTolerateQueryErrors
evtRenderXML EvtRenderEventXml
errorNoMoreItems ERROR_NO_MORE_ITEMS
workstation VER_NT_WORKSTATION
ipSuccess IP_SUCCESS
ipNoResources IP_NO_RESOURCES
ipPacketTooBig IP_PACKET_TOO_BIG
ipTimedOut IP_REQ_TIMED_OUT
firstStatus IP_STATUS_BASE
ipRowSize sizeof(MIB_IPINTERFACE_ROW)
ipRows MIB_IPINTERFACE_TABLE.Table
ipIndex MIB_IPINTERFACE_ROW.InterfaceIndex
ipMetric MIB_IPINTERFACE_ROW.Metric
ipMTU MIB_IPINTERFACE_ROW.NlMtu
ipConnected MIB_IPINTERFACE_ROW.Connected
ifRowSize sizeof(MIB_IF_ROW2)
ifRows MIB_IF_TABLE2.Table
ifIndex MIB_IF_ROW2.InterfaceIndex
ifAlias MIB_IF_ROW2.Alias
ifDescription MIB_IF_ROW2.Description
ifMACLength MIB_IF_ROW2.PhysicalAddressLength
ifMAC MIB_IF_ROW2.PhysicalAddress
ifMTU MIB_IF_ROW2.Mtu
ifKind MIB_IF_ROW2.Type
ifMedia MIB_IF_ROW2.MediaType
ifMedium MIB_IF_ROW2.PhysicalMediumType
ifAccess MIB_IF_ROW2.AccessType
ifFlags MIB_IF_ROW2.InterfaceAndOperStatusFlags
ifOper MIB_IF_ROW2.OperStatus
ifAdmin MIB_IF_ROW2.AdminStatus
ifConnect MIB_IF_ROW2.MediaConnectState
ifSpeed MIB_IF_ROW2.TransmitLinkSpeed
ifIn MIB_IF_ROW2.InOctets
ifOut MIB_IF_ROW2.OutOctets
maxAlias IF_MAX_STRING_SIZE+1
maxIfMAC IF_MAX_PHYS_ADDRESS_LENGTH
kindEthernet IF_TYPE_ETHERNET_CSMACD
kindPPP IF_TYPE_PPP
kindLoopback IF_TYPE_SOFTWARE_LOOPBACK
kindVirtual IF_TYPE_PROP_VIRTUAL
kindWiFi IF_TYPE_IEEE80211
kindTunnel IF_TYPE_TUNNEL
mediaWAN NdisMediumWan
mediaWirelessWAN NdisMediumWirelessWan
mediaTunnel NdisMediumTunnel
mediaIP NdisMediumIP
mediumWirelessLAN NdisPhysicalMediumWirelessLan
mediumBluetooth NdisPhysicalMediumBluetooth
mediumNativeWiFi NdisPhysicalMediumNative802_11
accessPointToPoint NET_IF_ACCESS_POINT_TO_POINT
adminUp NET_IF_ADMIN_STATUS_UP
connected MediaConnectStateConnected
disconnected MediaConnectStateDisconnected
familyIPv4 AF_INET
familyIPv6 AF_INET6
sizeSockaddrIn sizeof(SOCKADDR_IN)
sizeSockaddrInet sizeof(SOCKADDR_INET)
wsaHostNotFound WSAHOST_NOT_FOUND
wsaTryAgain WSATRY_AGAIN
wsaNoRecovery WSANO_RECOVERY
wsaNoData WSANO_DATA
errorTimeout ERROR_TIMEOUT
netRowSize sizeof(MIB_IPNET_ROW2)
netRows MIB_IPNET_TABLE2.Table
netIndex MIB_IPNET_ROW2.InterfaceIndex
netMAC MIB_IPNET_ROW2.PhysicalAddress
netMACLength MIB_IPNET_ROW2.PhysicalAddressLength
netState MIB_IPNET_ROW2.State
netFlags MIB_IPNET_ROW2.Flags
oldNetRowSize sizeof(MIB_IPNETROW)
oldNetRows MIB_IPNETTABLE.table
oldNetMACLength MIB_IPNETROW.dwPhysAddrLen
oldNetMAC MIB_IPNETROW.bPhysAddr
oldNetAddr MIB_IPNETROW.dwAddr
oldNetType MIB_IPNETROW.dwType
maxOldMAC MAXLEN_PHYSADDR
errorBadNetName ERROR_BAD_NET_NAME
normalLevel MibIfTableNormal
winhttpLoginFailure ERROR_WINHTTP_LOGIN_FAILURE
winhttpTimeout ERROR_WINHTTP_TIMEOUT
winhttpInvalidURL ERROR_WINHTTP_INVALID_URL
winhttpUnrecognizedScheme ERROR_WINHTTP_UNRECOGNIZED_SCHEME
winhttpNameNotResolved ERROR_WINHTTP_NAME_NOT_RESOLVED
winhttpCannotConnect ERROR_WINHTTP_CANNOT_CONNECT
winhttpConnectionError ERROR_WINHTTP_CONNECTION_ERROR
winhttpSecureFailure ERROR_WINHTTP_SECURE_FAILURE
errorFileNotFound ERROR_FILE_NOT_FOUND
winhttpBadScript ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT
winhttpUnableToDownload ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT
winhttpUnhandledScriptType ERROR_WINHTTP_UNHANDLED_SCRIPT_TYPE
winhttpScriptExecutionError ERROR_WINHTTP_SCRIPT_EXECUTION_ERROR
winhttpServiceError ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR
winhttpAutodetectionFailed ERROR_WINHTTP_AUTODETECTION_FAILED
wtsCurrentSession WTS_CURRENT_SESSION
wtsUserName WTSUserName
wtsDomainName WTSDomainName
forwardRowSize sizeof(MIB_IPFORWARD_ROW2)
forwardRows MIB_IPFORWARD_TABLE2.Table
forwardIndex MIB_IPFORWARD_ROW2.InterfaceIndex
forwardDst MIB_IPFORWARD_ROW2.DestinationPrefix
forwardBits MIB_IPFORWARD_ROW2.DestinationPrefix.PrefixLength
forwardNextHop MIB_IPFORWARD_ROW2.NextHop
forwardMetric MIB_IPFORWARD_ROW2.Metric
forwardProtocol MIB_IPFORWARD_ROW2.Protocol
forwardOrigin MIB_IPFORWARD_ROW2.Origin
originDHCP NlroDHCP
originAdvertised NlroRouterAdvertisement
ownerModuleAll TCP_TABLE_OWNER_MODULE_ALL
ipStatsSize sizeof(MIB_IPSTATS)
tcpStatsSize sizeof(MIB_TCPSTATS)
icmpStatsSize sizeof(MIB_ICMP_EX)
tcpInfoSize sizeof(TCP_INFO_v0)
tcpListen MIB_TCP_STATE_LISTEN
tcpCloseWait MIB_TCP_STATE_CLOSE_WAIT
tableHead MIB_TCPTABLE_OWNER_MODULE.table
tableHead MIB_TCP6TABLE_OWNER_MODULE.table
tcpRowSize sizeof(MIB_TCPROW_OWNER_MODULE)
tcp6RowSize sizeof(MIB_TCP6ROW_OWNER_MODULE)
serviceStopped SERVICE_STOPPED
serviceRunning SERVICE_RUNNING
accessNoProxy WINHTTP_ACCESS_TYPE_NO_PROXY
accessNamedProxy WINHTTP_ACCESS_TYPE_NAMED_PROXY
scriptNamed WINHTTP_AUTOPROXY_CONFIG_URL
detectByAll WINHTTP_AUTO_DETECT_TYPE_DHCP|WINHTTP_AUTO_DETECT_TYPE_DNS_A
firstWinsock WSABASEERR
wsaEACCES WSAEACCES
wsaEMFILE WSAEMFILE
wsaEPROTONOSUPPORT WSAEPROTONOSUPPORT
wsaENOPROTOOPT WSAENOPROTOOPT
wsaEOPNOTSUPP WSAEOPNOTSUPP
wsaEAFNOSUPPORT WSAEAFNOSUPPORT
wsaEADDRINUSE WSAEADDRINUSE
wsaEADDRNOTAVAIL WSAEADDRNOTAVAIL
wsaENETDOWN WSAENETDOWN
wsaENETUNREACH WSAENETUNREACH
wsaECONNABORTED WSAECONNABORTED
wsaECONNRESET WSAECONNRESET
wsaENOBUFS WSAENOBUFS
wsaETIMEDOUT WSAETIMEDOUT
wsaECONNREFUSED WSAECONNREFUSED
wsaEHOSTDOWN WSAEHOSTDOWN
wsaEHOSTUNREACH WSAEHOSTUNREACH
wsaNODATA WSANO_DATA
errorAccessDenied ERROR_ACCESS_DENIED
errorNotSupported ERROR_NOT_SUPPORTED
errorProcNotFound ERROR_PROC_NOT_FOUND
errorInsufficient ERROR_INSUFFICIENT_BUFFER
errorNetworkNotFound ERROR_NETWORK_UNREACHABLE
errorHostNotFound ERROR_HOST_UNREACHABLE
errorNotFound ERROR_NOT_FOUND
errorInvalidParameter ERROR_INVALID_PARAMETER
wlanListHead WLAN_INTERFACE_INFO_LIST.InterfaceInfo
wlanInterfaceSize sizeof(WLAN_INTERFACE_INFO)
wlanInterfaceState WLAN_INTERFACE_INFO.isState
wlanGUIDSize sizeof(GUID)
wlanRadioHead WLAN_RADIO_STATE.PhyRadioState
wlanRadioSize sizeof(WLAN_PHY_RADIO_STATE)
wlanSignalQuality WLAN_CONNECTION_ATTRIBUTES.wlanAssociationAttributes.wlanSignalQuality
wlanNotReady wlan_interface_state_not_ready
wlanConnected wlan_interface_state_connected
wlanAdHoc wlan_interface_state_ad_hoc_network_formed
radioOff dot11_radio_state_off
errorServiceNotActive ERROR_SERVICE_NOT_ACTIVE
wlanRadioState wlan_intf_opcode_radio_state
wlanCurrentConnection wlan_intf_opcode_current_connection
wlanRSSI wlan_intf_opcode_rssi
`

// fieldsFromHeaders are the places that decoders have in their code, as the names
// of counterField or as numbers.
func fieldsFromHeaders(pointer int) map[string]int {
	fields := map[string]int{
		"ICMP_ECHO_REPLY.Status": 4, "ICMP_ECHO_REPLY.Options.Ttl": map[int]int{8: 24, 4: 20}[pointer],
		"sizeof(ICMP_ECHO_REPLY)": map[int]int{8: echoReply4Size64, 4: echoReply4Size32}[pointer],
		"TCP_INFO_v0.Mss":         4, "TCP_INFO_v0.RttUs": 20, "TCP_INFO_v0.BytesInFlight": 28, "TCP_INFO_v0.SndWnd": 36,
		"TCP_INFO_v0.BytesRetrans": 68, "TCP_INFO_v0.SynRetrans": 84,
		"MIB_TCPROW_OWNER_MODULE.dwState": 0, "MIB_TCPROW_OWNER_MODULE.dwLocalAddr": 4, "MIB_TCPROW_OWNER_MODULE.dwLocalPort": 8,
		"MIB_TCPROW_OWNER_MODULE.dwRemoteAddr": 12, "MIB_TCPROW_OWNER_MODULE.dwRemotePort": 16, "MIB_TCPROW_OWNER_MODULE.dwOwningPid": 20,
		"MIB_TCPROW_OWNER_MODULE.liCreateTimestamp": 24,
		"MIB_TCP6ROW_OWNER_MODULE.ucLocalAddr":      0, "MIB_TCP6ROW_OWNER_MODULE.dwLocalScopeId": 16, "MIB_TCP6ROW_OWNER_MODULE.dwLocalPort": 20,
		"MIB_TCP6ROW_OWNER_MODULE.ucRemoteAddr": 24, "MIB_TCP6ROW_OWNER_MODULE.dwRemotePort": 44, "MIB_TCP6ROW_OWNER_MODULE.dwState": 48,
		"MIB_TCP6ROW_OWNER_MODULE.dwOwningPid": 52, "MIB_TCP6ROW_OWNER_MODULE.liCreateTimestamp": 56,
	}
	for _, f := range tcpFields {
		fields["MIB_TCPSTATS.dw"+f.name] = f.at
	}
	for _, f := range ipFields {
		fields["MIB_IPSTATS.dw"+f.name] = f.at
	}
	return fields
}

const mingw = "x86_64-w64-mingw32-gcc"

// TestNumbersAreThoseOfTheHeaders compares with the headers of mingw-w64, which
// make windows-gui needs as well.
func TestNumbersAreThoseOfTheHeaders(t *testing.T) {
	if _, err := exec.LookPath(mingw); err != nil {
		t.Skipf("%s is not installed, nothing to compare with: .ci/tools", mingw)
	}
	pkg := constants(t)
	for _, l := range []layout{layout64, layout32} {
		bits := fmt.Sprint("-m", 8*l.pointer)
		t.Run(bits, func(t *testing.T) {
			cmd := exec.Command(mingw, bits, "-fsyntax-only", "-xc", "-")
			cmd.Stdin = strings.NewReader(headers + assertions(t, pkg, l))
			out, err := cmd.CombinedOutput()
			for line := range bytes.Lines(out) {
				if bytes.Contains(line, []byte("error:")) {
					t.Errorf("%s", bytes.TrimSpace(line))
				}
			}
			if err != nil {
				t.Errorf("comparing with the headers: %v", err)
			}
		})
	}
}

// assertions says in C what is to be so.
func assertions(t *testing.T, pkg *types.Package, l layout) string {
	t.Helper()
	var b strings.Builder
	say := func(expression, value, name string) {
		fmt.Fprintf(&b, "_Static_assert((%s) == (%s), \"%s\");\n", inC(expression), value, name)
	}
	for line := range strings.Lines(strings.TrimSpace(fromHeaders)) {
		name, expression, _ := strings.Cut(strings.TrimSpace(line), " ")
		say(expression, numberOfName(t, pkg, l, name), name)
	}
	for field, at := range fieldsFromHeaders(l.pointer) {
		say(field, fmt.Sprint(at), field)
	}
	for status, kind := range statuses4 { // their names tell the ICMP errors of RFC 792
		say(namesOfErrors[kind], fmt.Sprint(status), fmt.Sprint(kind))
	}
	return b.String()
}

var namesOfErrors = map[icmpKind]string{
	{3, 0}: "IP_DEST_NET_UNREACHABLE", {3, 1}: "IP_DEST_HOST_UNREACHABLE", {3, 2}: "IP_DEST_PROT_UNREACHABLE", {3, 3}: "IP_DEST_PORT_UNREACHABLE",
	{3, 4}: "IP_PACKET_TOO_BIG", {11, 0}: "IP_TTL_EXPIRED_TRANSIT", {11, 1}: "IP_TTL_EXPIRED_REASSEM", {12, 0}: "IP_PARAM_PROBLEM", {4, 0}: "IP_SOURCE_QUENCH",
}

// inC makes an expression of C of one of the list: type.field is where the field
// lies.
func inC(expression string) string {
	found := regexp.MustCompile(`^([A-Za-z0-9_]+)\.([A-Za-z0-9_.]+)(.*)$`).FindStringSubmatch(expression)
	if found == nil {
		return expression
	}
	return fmt.Sprintf("offsetof(%s, %s)%s", found[1], found[2], found[3])
}

// numberOfName is the value of a constant, or of a field of layout.
func numberOfName(t *testing.T, pkg *types.Package, l layout, name string) string {
	t.Helper()
	if field, ok := strings.CutPrefix(name, "layout."); ok {
		return regexp.MustCompile(`\b` + field + `:(\d+)`).FindStringSubmatch(fmt.Sprintf("%+v", l))[1]
	}
	c, ok := pkg.Scope().Lookup(name).(*types.Const)
	if !ok || c.Val().Kind() != constant.Int {
		t.Fatalf("%s: got no number", name)
	}
	return c.Val().ExactString() + "u"
}

// constants reads the constants of this package, of the files for Windows too,
// whatever system this runs on. What it cannot import it leaves out.
func constants(t *testing.T) *types.Package {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	conf := types.Config{Error: func(error) {}, IgnoreFuncBodies: true}
	pkg, _ := conf.Check("windows", set, files, nil)
	return pkg
}
