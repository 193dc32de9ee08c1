package reset

import (
	"faultline/diag/catalog"
	"faultline/diag/tcpflow"
)

func together([]Event, []tcpflow.Transcript, limits, map[string]bool) {}

func (c *conversation) quiet(*state) []Event { return nil }

func (r *ruling) decide() { r.tell("reset.unknown", catalog.NoParty, catalog.Possible) }

func (r *ruling) after() {}

func (r *ruling) context() {}

func noticeKind(tcpflow.Notice) string { return "" }
