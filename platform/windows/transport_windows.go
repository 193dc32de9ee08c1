package windows

import (
	"context"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

// transportRows tell how the methods that talk to others, and that look at the
// stack's own state, are served.
func transportRows() []platform.Mechanism {
	return []platform.Mechanism{
		tried("dialer.tcp", "ConnectEx, SIO_TCP_INITIAL_RTO, TCP_ICMP_ERROR_INFO, SIO_TCP_INFO"),
		echoRow(),
		tried("datagrams.send", "connected Winsock UDP socket"),
		needing("sockets.listeners", "GetExtendedTcpTable, GetOwnerModuleFromTcpEntry, EnumServicesStatusEx", procTCPTable),
		needing("sockets.ports", "GetExtendedTcpTable; the default range of ports", procTCPTable),
		filesRow(),
		tried("clock.now", "system time; W32Time in the registry and the service manager, which do not tell whether it is right"),
		needing("counters.read", "GetIpStatisticsEx, GetTcpStatisticsEx2 or GetTcpStatisticsEx, GetIcmpStatisticsEx", procIPStatistics),
		tried("settings.read", `registry: Tcpip\Parameters, Tcpip6\Parameters; INetworkListManager`),
	}
}

// tried is a mechanism that works and was tried under Wine.
func tried(method, via string) platform.Mechanism {
	return platform.Mechanism{Method: method, Via: via, State: platform.MechanismWorks, Tried: platform.TriedWine}
}

// needing is a mechanism that rests on one export.
func needing(method, via string, proc *windows.LazyProc) platform.Mechanism {
	m := tried(method, via)
	if proc.Find() != nil {
		m.State, m.Needs = platform.MechanismMissing, proc.Name
	}
	return m
}

// echoRow opens what sends echo requests.
func echoRow() platform.Mechanism {
	m := needing("echo.send", "IcmpSendEcho2Ex, Icmp6SendEcho2", procIcmpSendEcho2Ex)
	if m.State == platform.MechanismWorks {
		p := ping{}
		file, err := openEcho(unspecified(p.to))
		if err != nil {
			m.State, m.Needs = platform.MechanismMissing, "IcmpCreateFile"
			return m
		}
		p.file = file
		p.close()
	}
	return m
}

// filesRow counts once: where the count is a stub there is none.
func filesRow() platform.Mechanism {
	m := needing("sockets.files", "GetProcessHandleCount", procProcessHandleCount)
	if _, err := (sockets{}).Files(context.Background(), platform.Reading{}); err != nil {
		m.State, m.Needs = platform.MechanismMissing, "GetProcessHandleCount"
	}
	return m
}
