package app

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"faultline/platform"
)

type commands = map[string]func(*command, json.RawMessage) string

var shells = map[string]shell{
	"linux":   {quotePOSIX, onLinux},
	"darwin":  {quotePOSIX, onDarwin},
	"windows": {quotePowerShell, onWindows},
}

var onLinux = commands{
	"system.describe":   say("uname -a; id"),
	"system.mechanisms": say("faultline mechanisms"),
	"links.all":         say("ip -s address"),
	"links.counters":    say("ip -s -s link; tc -s qdisc"),
	"links.wireless":    say("iw dev; rfkill list"),
	"logs.recent":       say("journalctl --since=-15min -t dhclient -t dhcpcd -t NetworkManager -t systemd-networkd -t wpa_supplicant -t iwd"),
	"neighbors.claimants": of(func(c *command, q platform.ClaimAsk) string {
		if q.Addr.Is6() {
			return c.words("ndisc6 -m", q.Addr.String())
		}
		return c.words("arping -D -c 3", q.Addr.String())
	}),
	"neighbors.all": say("ip neigh"),
	"neighbors.resolve": of(func(c *command, q platform.NeighborAsk) string {
		return c.words("ip neigh show", q.Addr.String())
	}),
	"routes.all": say("ip route show table all"),
	"routes.to": of(func(c *command, q platform.RouteAsk) string {
		get := c.words("ip route get", q.Dst.String())
		if q.Src.IsValid() {
			get += c.words(" from", q.Src.String())
		}
		return get + option(" oif if", q.Link)
	}),
	"routes.rules":    say("ip rule; ip -6 rule"),
	"settings.read":   say("sysctl -a --pattern net.ipv"),
	"names.resolvers": say("cat /etc/resolv.conf; resolvectl status"),
	"names.hosts": of(func(c *command, q platform.HostsAsk) string {
		return c.words("getent -s files hosts", q.Name)
	}),
	"names.system": of(func(c *command, q platform.NameAsk) string {
		return c.words("getent ahosts", q.Name)
	}),
	"proxies.for":  say("env | grep -i _proxy; cat /etc/environment; gsettings list-recursively org.gnome.system.proxy"),
	"dns.exchange": of(dig),
	"dialer.tcp":   of(netcat),
	"echo.send": of(func(c *command, q platform.EchoAsk) string {
		return c.words("ping -n -c 3"+option(" -t ", q.TTL)+option(" -s ", q.Size), q.To.String())
	}),
	"datagrams.send": of(udp),
	"talker.talk":    of(talkPOSIX),
	"clock.now":      say("timedatectl"),
	"counters.read":  say("nstat -az"),
	"firewall.rules": say("nft -a list ruleset; iptables-legacy-save -c; ip6tables-legacy-save -c"),
	"sockets.listeners": of(func(c *command, q platform.ListenersAsk) string {
		return "ss -Htanp " + eachPort("sport = :%d", " or ", q.Ports)
	}),
	"sockets.ports": of(func(c *command, q platform.PortsAsk) string {
		return "sysctl net.ipv4.ip_local_port_range; ss -Htanp dst " + c.word(q.To.String())
	}),
	"sockets.files": say("ulimit -n; cat /proc/sys/fs/file-nr"),
}

var onDarwin = commands{
	"system.describe":   say("sw_vers; id"),
	"system.mechanisms": say("faultline mechanisms"),
	"links.all":         say("ifconfig -a"),
	"links.counters":    say("netstat -ibd"),
	"links.wireless":    say("system_profiler SPAirPortDataType"),
	"logs.recent":       say("log show --last 15m --predicate 'process == \"configd\" OR process == \"airportd\"'"),
	"neighbors.claimants": of(func(c *command, q platform.ClaimAsk) string {
		if q.Addr.Is4() {
			return c.words("arp -n", q.Addr.String())
		}
		return c.words("ndp -n", q.Addr.String())
	}),
	"neighbors.all": say("arp -an; ndp -an"),
	"neighbors.resolve": of(func(c *command, q platform.NeighborAsk) string {
		if q.Addr.Is4() {
			return c.words("arp -n", q.Addr.String())
		}
		return c.words("ndp -n", q.Addr.String())
	}),
	"routes.all": say("netstat -rn"),
	"routes.to": of(func(c *command, q platform.RouteAsk) string {
		if q.Dst.Is6() {
			return c.words("route -n get -inet6", q.Dst.String())
		}
		return c.words("route -n get", q.Dst.String())
	}),
	"names.resolvers": say("scutil --dns"),
	"proxies.for":     say("env | grep -i _proxy; scutil --proxy"),
	"names.hosts": of(func(c *command, q platform.HostsAsk) string {
		return c.words("grep -iwF", q.Name) + " /etc/hosts"
	}),
	"names.system": of(func(c *command, q platform.NameAsk) string {
		return c.words("dscacheutil -q host -a name", q.Name)
	}),
	"dns.exchange": of(dig),
	"dialer.tcp":   of(netcat),
	"echo.send": of(func(c *command, q platform.EchoAsk) string {
		if q.To.Is6() {
			return c.words("ping6 -n -c 3"+option(" -h ", q.TTL)+option(" -s ", q.Size), q.To.String())
		}
		return c.words("ping -n -c 3"+option(" -m ", q.TTL)+option(" -s ", q.Size), q.To.String())
	}),
	"datagrams.send": of(udp),
	"talker.talk":    of(talkPOSIX),
	"clock.now":      say("date; systemsetup -getusingnetworktime"),
	"counters.read":  say("netstat -s"),
	"firewall.rules": say("pfctl -s all"),
	"routes.rules":   say("netstat -rn"),
	"settings.read":  say("sysctl net.inet"),
	"sockets.listeners": of(func(c *command, q platform.ListenersAsk) string {
		return "lsof -nP " + eachPort("-iTCP:%d", " ", q.Ports)
	}),
	"sockets.ports": say("sysctl net.inet.ip.portrange; netstat -anp tcp"),
	"sockets.files": say("ulimit -n; sysctl kern.maxfiles kern.num_files"),
}

var onWindows = commands{
	"routes.rules":      say("Get-NetRoute"),
	"settings.read":     say("Get-NetIPInterface; Get-NetTCPSetting"),
	"system.describe":   say("Get-ComputerInfo; whoami /groups"),
	"system.mechanisms": say("faultline mechanisms"),
	"links.all":         say("Get-NetAdapter; Get-NetIPAddress"),
	"links.counters":    say("Get-NetAdapterStatistics; Get-NetAdapter"),
	"links.wireless":    say("netsh wlan show interfaces"),
	"logs.recent":       say("Get-WinEvent -MaxEvents 50 -LogName Microsoft-Windows-Dhcp-Client/Admin, Microsoft-Windows-WLAN-AutoConfig/Operational"),
	"neighbors.claimants": of(func(c *command, q platform.ClaimAsk) string {
		return c.words("Get-NetNeighbor -IPAddress", q.Addr.String())
	}),
	"neighbors.all": say("Get-NetNeighbor"),
	"neighbors.resolve": of(func(c *command, q platform.NeighborAsk) string {
		return c.words("Get-NetNeighbor -IPAddress", q.Addr.String())
	}),
	"routes.all": say("Get-NetRoute"),
	"routes.to": of(func(c *command, q platform.RouteAsk) string {
		return c.words("Find-NetRoute -RemoteIPAddress", q.Dst.String())
	}),
	"names.resolvers": say("Get-DnsClientServerAddress; Get-DnsClientNrptPolicy -Effective; Get-DnsClientGlobalSetting"),
	"proxies.for":     say(`Get-ChildItem env:*_proxy; Get-ItemProperty 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Internet Settings'; netsh winhttp show proxy`),
	"names.hosts": of(func(c *command, q platform.HostsAsk) string {
		return c.words(`Select-String -Path $env:SystemRoot\System32\drivers\etc\hosts -SimpleMatch`, q.Name)
	}),
	"names.system": of(func(c *command, q platform.NameAsk) string {
		return c.words("Resolve-DnsName -Name", q.Name)
	}),
	"dns.exchange": of(func(c *command, q platform.DNSAsk) string {
		over := ""
		if q.Transport == "tcp" {
			over = " -TcpOnly"
		}
		return c.words("Resolve-DnsName -DnsOnly -NoHostsFile"+over+" -Name", q.Name) + " " +
			c.words("-Type", q.Type) + " " + c.words("-Server", q.Server.Addr().String())
	}),
	"dialer.tcp": of(func(c *command, q platform.DialAsk) string {
		return c.words("Test-NetConnection", q.To.Addr().String()) + " -Port " + port(q.To)
	}),
	"echo.send": of(func(c *command, q platform.EchoAsk) string {
		return c.words("ping -n 3"+whole(q)+option(" -i ", q.TTL)+option(" -l ", q.Size), q.To.String())
	}),
	"talker.talk": of(func(c *command, q platform.TalkAsk) string {
		if q.Proxy != nil {
			return proxied(c, "curl.exe -sv -o NUL", q)
		}
		if q.HTTP == nil && q.TLS == nil {
			return c.words("Test-NetConnection", q.To.Addr().String()) + " -Port " + port(q.To)
		}
		return curl(c, "curl.exe -sv -o NUL", q)
	}),
	"clock.now":      say("w32tm /query /status"),
	"counters.read":  say("netstat -s"),
	"firewall.rules": say("Get-NetFirewallProfile; Get-NetFirewallRule -PolicyStore ActiveStore"),
	"sockets.listeners": of(func(c *command, q platform.ListenersAsk) string {
		return "Get-NetTCPConnection -LocalPort " + eachPort("%d", ",", q.Ports)
	}),
	"sockets.ports": say("netsh int ipv4 show dynamicport tcp; Get-NetTCPConnection | Group-Object State"),
	"sockets.files": say("Get-Process | Sort-Object Handles -Descending | Select-Object -First 10"),
}

// whole keeps an echo request of IPv4 in one piece.
func whole(q platform.EchoAsk) string {
	if q.DF && q.To.Is4() {
		return " -f"
	}
	return ""
}

// eachPort repeats a format for each port.
func eachPort(format, between string, ports []uint16) string {
	var all []string
	for _, p := range ports {
		all = append(all, fmt.Sprintf(format, p))
	}
	return strings.Join(all, between)
}

func dig(c *command, q platform.DNSAsk) string {
	how := ""
	if q.Server.Port() != 53 {
		how += " -p " + port(q.Server)
	}
	if q.Transport == "tcp" {
		how += " +tcp"
	}
	if q.CD {
		how += " +cd"
	}
	return "dig " + c.words("@"+c.word(q.Server.Addr().String())+how, strings.TrimSuffix(q.Name, ".")+".", q.Type)
}

func netcat(c *command, q platform.DialAsk) string {
	from := ""
	if q.From.IsValid() {
		from = c.words(" -s", q.From.String())
	}
	return c.words("nc -vz -w 3"+from, q.To.Addr().String(), port(q.To))
}

func udp(c *command, q platform.DatagramAsk) string {
	return c.words("nc -uvz -w 2", q.To.Addr().String(), port(q.To))
}

func talkPOSIX(c *command, q platform.TalkAsk) string {
	switch {
	case q.Proxy != nil:
		return proxied(c, "curl -sv -o /dev/null", q)
	case q.HTTP != nil:
		return curl(c, "curl -sv -o /dev/null", q)
	case q.TLS != nil:
		at := c.words("openssl s_client -connect", q.To.String())
		if q.TLS.ServerName != "" && !literal(q.TLS.ServerName) {
			at += c.words(" -servername", q.TLS.ServerName)
		}
		return at + " </dev/null"
	}
	if asked := speakPOSIX(c, q); asked != "" {
		return asked
	}
	return c.words("nc -v -w 5", q.To.Addr().String(), port(q.To)) + " </dev/null"
}

// option writes an option that is left out at its zero.
func option(name string, n int) string {
	if n == 0 {
		return ""
	}
	return name + strconv.Itoa(n)
}
