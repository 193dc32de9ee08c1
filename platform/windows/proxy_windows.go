package windows

import (
	"context"
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/windows/registry"

	"faultline/platform"
	"faultline/platform/portable"
)

const (
	// scriptsPatience bounds the search for a script and its run together.
	scriptsPatience = 3 * time.Second

	proxyPolicyKey  = `SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`
	proxyMachineKey = `SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings`
)

type proxies struct{}

// For reads what each place says, in the order in which the programs of a user
// look: the setting of Windows, their environment; services follow WinHTTP's.
func (proxies) For(ctx context.Context, q platform.ProxyAsk) (platform.ProxyFacts, error) {
	var f platform.ProxyFacts
	if err := ended(ctx); err != nil {
		return f, err
	}
	add := func(src platform.ProxySource, says bool) {
		if says {
			f.Sources = append(f.Sources, src)
		}
	}
	if q.Scheme == "https" {
		ReadyRoots() // whoever is asked for this will show certificates
	}
	ctx, cancel := context.WithTimeout(ctx, scriptsPatience)
	defer cancel()
	from, set, err := setting()
	if f.OtherUser = from != "policy" && isOtherUser(ctx); !f.OtherUser && err == nil {
		add(set.source(from, q, winhttpScripts(ctx, q)))
	}
	add(portable.ProxyEnvironment(os.Getenv).Source("environment", q))
	list, bypass := machineConfig()
	add(static(platform.ProxySource{From: "winhttp", Services: true}, list, bypass, q))
	if err != nil && len(f.Sources) == 0 {
		return f, platform.AsProblem(err)
	}
	return f, nil
}

// setting reads the setting of Windows. A policy may take it from the users and
// keep one for the machine (ProxySettingsPerUser).
func setting() (from string, u userProxy, err error) {
	u, err = userConfig()
	if !machineWide() {
		return "windows", u, err
	}
	if machine := machineSetting(); err != nil || u == (userProxy{}) {
		return "policy", machine, nil
	}
	return "policy", u, nil
}

func machineWide() bool {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, proxyPolicyKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close()
	perUser, _, err := k.GetIntegerValue("ProxySettingsPerUser")
	return err == nil && perUser == 0
}

func machineSetting() (u userProxy) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, proxyMachineKey, registry.QUERY_VALUE)
	if err != nil {
		return u
	}
	defer k.Close()
	u.Script, _, _ = k.GetStringValue("AutoConfigURL")
	if on, _, err := k.GetIntegerValue("ProxyEnable"); err == nil && on != 0 {
		u.Proxy, _, _ = k.GetStringValue("ProxyServer")
		u.Bypass, _, _ = k.GetStringValue("ProxyOverride")
	}
	return u
}

// winhttpScripts has WinHTTP look for scripts and run them, until ctx ends.
func winhttpScripts(ctx context.Context, q platform.ProxyAsk) scripts {
	target := q.Scheme + "://" + net.JoinHostPort(q.Host, strconv.Itoa(int(q.Port))) + "/"
	return scripts{
		find: func() (string, error) { return within(ctx, findScript) },
		run: func(script string) (string, error) {
			return within(ctx, func() (string, error) { return runScript(script, target) })
		},
	}
}

func proxyRows() []platform.Mechanism {
	m := platform.Mechanism{Method: "proxies.for", Via: "WinHttpGetIEProxyConfigForCurrentUser, WinHttpGetProxyForUrl, environment",
		State: platform.MechanismWorks, Tried: platform.TriedWine}
	if absent(winhttpUserConfig, winhttpProxyForURL) != nil {
		m.State, m.Needs = platform.MechanismMissing, "winhttp.dll"
	}
	return []platform.Mechanism{m}
}
