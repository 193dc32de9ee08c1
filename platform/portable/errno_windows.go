package portable

import (
	"syscall"

	"faultline/platform"
)

// The numbers of Winsock (Windows Sockets Error Codes). Package syscall's own
// ECONNREFUSED and the like are invented on Windows and match no socket.
const (
	wsaEMFILE        syscall.Errno = 10024
	wsaEACCES        syscall.Errno = 10013
	wsaEADDRINUSE    syscall.Errno = 10048
	wsaEADDRNOTAVAIL syscall.Errno = 10049
	wsaENETDOWN      syscall.Errno = 10050
	wsaENETUNREACH   syscall.Errno = 10051
	wsaECONNABORTED  syscall.Errno = 10053
	wsaECONNRESET    syscall.Errno = 10054
	wsaENOBUFS       syscall.Errno = 10055
	wsaETIMEDOUT     syscall.Errno = 10060
	wsaECONNREFUSED  syscall.Errno = 10061
	wsaEHOSTDOWN     syscall.Errno = 10064
	wsaEHOSTUNREACH  syscall.Errno = 10065
)

// codeOfErrno maps the numbers that sockets return.
func codeOfErrno(errno syscall.Errno) (platform.ProblemCode, bool) {
	switch errno {
	case wsaECONNREFUSED:
		return platform.Refused, true
	case wsaECONNRESET, wsaECONNABORTED:
		return platform.Reset, true
	case wsaETIMEDOUT:
		return platform.Timeout, true
	case wsaENETUNREACH, wsaENETDOWN:
		return platform.UnreachableNet, true
	case wsaEHOSTUNREACH, wsaEHOSTDOWN:
		return platform.UnreachableHost, true
	case wsaEACCES:
		return platform.Permission, true
	case wsaEMFILE:
		return platform.NoFiles, true
	case wsaEADDRNOTAVAIL:
		return platform.NoLocalAddress, true
	case wsaEADDRINUSE, wsaENOBUFS:
		return platform.Busy, true
	}
	return "", false
}
