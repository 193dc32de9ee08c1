package text

import (
	"errors"
	"strconv"

	"faultline/diag"
)

// targetArgs are the arguments that every message about a target may use.
func targetArgs(t diag.Target) diag.Args {
	host := t.Unicode
	switch {
	case host != "":
	case t.Addr.IsValid():
		host = t.Addr.String()
	default:
		host = t.Host
	}
	ports := make([]string, 0, len(t.Ports))
	for _, p := range t.Ports {
		ports = append(ports, strconv.Itoa(int(p)))
	}
	a := diag.Args{"target": t.String(), "host": host, "name": host, "ports": ports}
	if t.Port != 0 {
		a["port"] = strconv.Itoa(int(t.Port))
	}
	return a
}

// bare reports whether no port belongs to a target.
func bare(t diag.Target) bool { return t.Port == 0 }

// TargetError says why what was given names no target, and what to write
// instead. What it quotes has been judged fit to quote by package diag.
func (w *Words) TargetError(err error) string {
	var e *diag.TargetError
	if !errors.As(err, &e) || !w.Has("target."+e.Code) {
		return w.Say("target.other", nil)
	}
	message := w.Say("target."+e.Code, e.Args)
	if _, quoted := e.Args["text"]; !quoted {
		return message
	}
	return w.Say("target.quoted", diag.Args{"text": e.Args["text"], "why": message})
}
