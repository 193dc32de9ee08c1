package check

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Script is what came of fetching the script that chooses proxies.
type Script struct {
	URL  string
	Talk *platform.Talk // nil: its host has no address
	// Problem: it could not be asked for, which says nothing of the script.
	Problem *platform.Problem
}

const (
	scriptPatience = 4 * time.Second
	scriptSample   = 16 << 10
)

// ProxyScript fetches the script that the settings name. A program that waits
// for one that does not come is slow, or goes nowhere. One that is to be
// discovered needs not exist.
var ProxyScript = add(diag.Spec[Script]{
	ID: "proxy.script", Layer: catalog.Application, Timeout: 2 * scriptPatience, Traffic: diag.LocalTraffic, Proxied: true, Trips: 4,
	After: []diag.Node{ProxyRead},
	Tells: []catalog.Code{"proxy.script-unreachable"},
	Probe: func(ctx context.Context, e *diag.Env) (Script, error) {
		setting, err := ProxyRead.Need(e)
		if err != nil {
			return Script{}, err
		}
		src, _ := setting.Chosen()
		if src.Proxy != nil || src.Bypassed { // the system ran it, and so has it
			return Script{}, diag.Skip("no-script")
		}
		u, err := url.Parse(src.Script)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
			return Script{}, diag.Skip("no-script")
		}
		return fetchScript(ctx, e, u), nil
	},
	Judge: func(_ diag.View, s Script) (j diag.Judgement) {
		if why := s.fails(); why != "" {
			j.Findings = append(j.Findings, diag.Finding{Code: "proxy.script-unreachable", Direct: true,
				Args: diag.Args{"script": s.URL, "why": why}, Evidence: []diag.Ref{{Check: "proxy.script"}}})
		}
		return j
	},
	Tell: func(s Script) (string, diag.Args) {
		if s.fails() != "" {
			return "failed", diag.Args{"script": s.URL}
		}
		return "fetched", diag.Args{"script": s.URL}
	},
})

func fetchScript(ctx context.Context, e *diag.Env, u *url.URL) Script {
	s := Script{URL: u.Scheme + "://" + u.Host}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		port = map[string]uint64{"http": 80, "https": 443}[u.Scheme]
	}
	addrs, problem := lookupHost(ctx, e, u.Hostname())
	if len(addrs) == 0 {
		if problem == nil || problem.Code != platform.NotFound && problem.Code != platform.Timeout {
			s.Problem = problem
		}
		return s
	}
	q := platform.TalkAsk{To: netip.AddrPortFrom(addrs[0], uint16(port)), Read: scriptSample,
		HTTP: &platform.HTTPAsk{Method: "GET", Host: u.Host, Path: u.RequestURI()}}
	if u.Scheme == "https" {
		q.TLS = &platform.TLSAsk{ServerName: u.Hostname()}
	}
	t, problem := converse(ctx, e, q, scriptPatience)
	if s.Problem = problem; problem == nil {
		s.Talk = &t
	}
	return s
}

// fails says why a program would get no script; "" when it would, or that is not
// known.
func (s Script) fails() string {
	switch {
	case s.Problem != nil:
		return ""
	case s.Talk == nil:
		return "name"
	}
	at, problem := stopped(*s.Talk)
	switch {
	case s.Talk.HTTP != nil && s.Talk.HTTP.Status >= 400:
		return "status"
	case at == platform.StageReply && problem.Code == platform.Timeout && len(s.Talk.First) > 0:
		return "late"
	case at != "":
		return "silent"
	case s.Talk.HTTP != nil && s.Talk.HTTP.Status == 200 && !s.Talk.Cut && strings.HasPrefix(firstLine(bodyOf(s.Talk.First)), "<"):
		return "page" // a page of HTML instead
	}
	return ""
}

// bodyOf is what follows the head in the first bytes of a reply.
func bodyOf(first []byte) []byte {
	_, body, _ := strings.Cut(string(first), "\r\n\r\n")
	return []byte(body)
}
