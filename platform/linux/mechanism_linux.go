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
		works("links.counters", "rtnetlink RTM_GETLINK, RTM_GETQDISC and RTM_GETTCLASS; ethtool netlink"),
		{Method: "links.wireless", Via: "nl80211; /sys/class/rfkill", State: platform.MechanismWorks, Tried: platform.TriedDecode},
		works("neighbors.all", "rtnetlink RTM_GETNEIGH"),
		works("neighbors.resolve", "ARP or neighbor solicitation with CAP_NET_RAW, else one UDP datagram, an echo and a SYN, and RTNLGRP_NEIGH"),
		rawMechanism("neighbors.claimants", "ARP probe (RFC 5227) or neighbor solicitation"),
		rawMechanism("relays.try", "packets in frames of their own"),
		works("routes.all", "rtnetlink RTM_GETROUTE, every table"),
		works("routes.to", "rtnetlink RTM_GETROUTE, plain and with RTM_F_FIB_MATCH"),
		works("routes.rules", "rtnetlink RTM_GETRULE"),
		works("names.resolvers", "resolv.conf(5), nsswitch.conf(5), the servers that systemd-resolved, dnsmasq and unbound are told to ask"),
		works("names.hosts", "hosts(5)"),
		getentMechanism(),
		works("proxies.for", "environment, environment(5), gsettings or kioslaverc of the desktop"),
		works("dialer.tcp", "connect(2) with IP_RECVERR and TCP_INFO"),
		echoMechanism(),
		works("datagrams.send", "connected UDP socket with IP_RECVERR"),
		works("clock.now", "adjtimex(2), read only"),
		works("counters.read", "/proc/thread-self/net: snmp, snmp6, netstat"),
		logMechanism(),
		works("settings.read", "/proc/sys/net, reading"),
		filterMechanism("firewall.rules", "nft -j list ruleset; iptables-save where that keeps rules"),
		filterMechanism("firewall.watchflow", "nftrace (NFNLGRP_NFTRACE) of a table that goes with its socket"),
		works("sockets.listeners", "sock_diag(7), and /proc/PID/fd for who holds them: every program as root, else one's own"),
		works("sockets.ports", "ip_local_port_range and sock_diag(7)"),
		works("sockets.files", "getrlimit(2), file-nr"),
	}, nil
}

// rawMechanism is a method that needs a packet socket.
func rawMechanism(method, via string) platform.Mechanism {
	m := platform.Mechanism{Method: method, Via: via, State: platform.MechanismWorks}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		m.State, m.Needs = platform.MechanismDenied, "CAP_NET_RAW"
		return m
	}
	unix.Close(fd)
	return m
}

func filterMechanism(method, via string) platform.Mechanism {
	m := platform.Mechanism{Method: method, Via: via, State: platform.MechanismWorks}
	if !capable(unix.CAP_NET_ADMIN) {
		m.State, m.Needs = platform.MechanismDenied, "CAP_NET_ADMIN"
	}
	return m
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
