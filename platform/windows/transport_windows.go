package windows

import (
	"context"
	"net/netip"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

// transportRows tell how the methods that talk to others, and that look at the
// stack's own state, are served.
func transportRows() []platform.Mechanism {
	return []platform.Mechanism{
		transportRow("dialer.tcp", "ConnectEx, SIO_TCP_INITIAL_RTO, TCP_ICMP_ERROR_INFO, SIO_TCP_INFO"),
		echoRow(),
		transportRow("datagrams.send", "connected Winsock UDP socket"),
		transportRow("talker.talk", "TCP socket with SIO_TCP_INFO and SO_RCVBUF, crypto/tls; SSPI"),
		transportRow("sockets.listeners", "GetExtendedTcpTable, GetExtendedUdpTable, GetOwnerModuleFromTcpEntry, EnumServicesStatusEx", procTCPTable),
		transportRow("sockets.ports", "GetExtendedTcpTable; WMI: MSFT_NetTCPSetting, else the default range of ports", procTCPTable),
		filesRow(),
		transportRow("clock.now", "system time; W32Time in the registry and the service manager, which do not tell whether it is right"),
		transportRow("counters.read", "GetIpStatisticsEx, GetTcpStatisticsEx2 or GetTcpStatisticsEx, GetIcmpStatisticsEx", procIPStatistics),
		transportRow("settings.read", `registry: Tcpip\Parameters, Tcpip6\Parameters; INetworkListManager, INetFwProducts`),
	}
}

// transportRow is a mechanism that was tried under Wine, and may rest on exports.
func transportRow(method, via string, rests ...*windows.LazyProc) platform.Mechanism {
	m := platform.Mechanism{Method: method, Via: via, State: platform.MechanismWorks, Tried: platform.TriedWine}
	for _, proc := range rests {
		if proc.Find() != nil {
			m.State, m.Needs = platform.MechanismMissing, proc.Name
		}
	}
	return m
}

// echoRow opens what sends echo requests.
func echoRow() platform.Mechanism {
	m := transportRow("echo.send", "IcmpSendEcho2Ex, Icmp6SendEcho2", procIcmpSendEcho2Ex)
	if m.State == platform.MechanismWorks {
		file, err := openEcho(netip.IPv4Unspecified())
		if err != nil {
			m.State, m.Needs = platform.MechanismMissing, "IcmpCreateFile"
			return m
		}
		(&ping{file: file}).close()
	}
	return m
}

// filesRow counts once: where the count is a stub there is none.
func filesRow() platform.Mechanism {
	m := transportRow("sockets.files", "GetProcessHandleCount", procProcessHandleCount)
	if _, err := (sockets{}).Files(context.Background(), platform.Reading{}); err != nil {
		m.State, m.Needs = platform.MechanismMissing, "GetProcessHandleCount"
	}
	return m
}
