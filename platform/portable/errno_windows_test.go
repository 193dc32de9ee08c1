package portable

import "syscall"

var errnos = map[string]syscall.Errno{
	"refused": 10061, "reset": 10054, "timeout": 10060, "unreachable-net": 10051, "unreachable-host": 10065,
	"permission": 10013, "busy": 10048, "no-files": 10024, "no-local-address": 10049, "other": 10022,
}
