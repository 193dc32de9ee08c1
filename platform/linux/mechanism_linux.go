package linux

import (
	"context"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// Mechanisms tells how this host serves the methods that are its own.
func (system) Mechanisms(ctx context.Context, _ platform.Reading) ([]platform.Mechanism, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	works := func(method, via string) platform.Mechanism {
		return platform.Mechanism{Method: method, Via: via, State: platform.MechanismWorks}
	}
	return []platform.Mechanism{
		works("system.describe", "uname(2), os-release(5)"),
		works("links.all", "rtnetlink RTM_GETLINK and RTM_GETADDR; nl80211 for Wi-Fi"),
		works("neighbors.all", "rtnetlink RTM_GETNEIGH"),
		works("neighbors.resolve", "ARP or neighbor solicitation with CAP_NET_RAW, else one UDP datagram, an echo and a SYN, and RTNLGRP_NEIGH"),
		works("routes.all", "rtnetlink RTM_GETROUTE, every table"),
		works("routes.to", "rtnetlink RTM_GETROUTE, plain and with RTM_F_FIB_MATCH"),
		works("names.resolvers", "resolv.conf(5), nsswitch.conf(5), the servers that systemd-resolved, dnsmasq and unbound are told to ask"),
		works("names.hosts", "hosts(5)"),
		getentMechanism(),
		works("dialer.tcp", "connect(2) with IP_RECVERR and TCP_INFO"),
		echoMechanism(),
		works("datagrams.send", "connected UDP socket with IP_RECVERR"),
		works("clock.now", "adjtimex(2), read only"),
		works("counters.read", "/proc/thread-self/net: snmp, snmp6, netstat"),
	}, nil
}

func getentMechanism() platform.Mechanism {
	m := platform.Mechanism{Method: "names.system", Via: "getent ahosts", State: platform.MechanismWorks}
	if getentPath() == "" {
		m.State, m.Needs = platform.MechanismMissing, "getent of the C library"
	}
	return m
}

// echoMechanism opens the sockets that an echo request would use.
func echoMechanism() platform.Mechanism {
	m := platform.Mechanism{Method: "echo.send", State: platform.MechanismWorks}
	switch {
	case opens(unix.SOCK_DGRAM):
		m.Via = "ping socket (SOCK_DGRAM, IPPROTO_ICMP)"
	case opens(unix.SOCK_RAW):
		m.Via = "raw ICMP socket"
	default:
		m.State, m.Via = platform.MechanismDenied, "ping socket (SOCK_DGRAM, IPPROTO_ICMP)"
		m.Needs = "net.ipv4.ping_group_range that covers a group of the user, or CAP_NET_RAW"
	}
	return m
}

func opens(kind int) bool {
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}
