package windows

import (
	"fmt"

	"faultline/platform"
)

// Numbers of Winsock (learn.microsoft.com, Windows Sockets Error Codes).
const (
	firstWinsock       = 10000
	wsaEACCES          = 10013
	wsaEMFILE          = 10024
	wsaEPROTONOSUPPORT = 10043
	wsaENOPROTOOPT     = 10042
	wsaEOPNOTSUPP      = 10045
	wsaEAFNOSUPPORT    = 10047
	wsaEADDRINUSE      = 10048
	wsaEADDRNOTAVAIL   = 10049
	wsaENETDOWN        = 10050
	wsaENETUNREACH     = 10051
	wsaECONNABORTED    = 10053
	wsaECONNRESET      = 10054
	wsaENOBUFS         = 10055
	wsaETIMEDOUT       = 10060
	wsaECONNREFUSED    = 10061
	wsaEHOSTDOWN       = 10064
	wsaEHOSTUNREACH    = 10065
	wsaNODATA          = 11004
)

// winsockCodes is the one place where numbers of Winsock become problem codes.
var winsockCodes = map[uint32]platform.ProblemCode{
	wsaEACCES:          platform.Permission,
	wsaEMFILE:          platform.NoFiles,
	wsaENOPROTOOPT:     platform.NoMechanism,
	wsaEPROTONOSUPPORT: platform.NoMechanism,
	wsaEOPNOTSUPP:      platform.NoMechanism,
	wsaEAFNOSUPPORT:    platform.UnreachableNet, // without the family there is no such network
	wsaEADDRINUSE:      platform.Busy,
	wsaENOBUFS:         platform.Busy,
	wsaEADDRNOTAVAIL:   platform.NoLocalAddress,
	wsaENETDOWN:        platform.UnreachableNet,
	wsaENETUNREACH:     platform.UnreachableNet,
	wsaECONNABORTED:    platform.Reset,
	wsaECONNRESET:      platform.Reset,
	wsaETIMEDOUT:       platform.Timeout,
	wsaECONNREFUSED:    platform.Refused,
	wsaEHOSTDOWN:       platform.UnreachableHost,
	wsaEHOSTUNREACH:    platform.UnreachableHost,
}

// winsockProblem gives a number of Winsock its code. The text has the number
// alone: the system's own is in the user's language.
func winsockProblem(n uint32) *platform.Problem {
	code, known := winsockCodes[n]
	if !known {
		code = platform.Other
	}
	return &platform.Problem{Code: code, Text: fmt.Sprintf("Winsock error %d", n)}
}

// portless is the problem of a socket for which the system was to choose a
// port: where none is left it answers with one of two numbers that mean
// something else where the port was ours to choose.
func portless(n uint32) *platform.Problem {
	p := winsockProblem(n)
	if n == wsaEADDRINUSE || n == wsaENOBUFS {
		p.Code = platform.NoLocalAddress
	}
	return p
}

// Numbers of winerror.h that the functions here return.
const (
	errorAccessDenied     = 5
	errorNotSupported     = 50
	errorProcNotFound     = 127
	errorInsufficient     = 122
	errorNetworkNotFound  = 1231 // ERROR_NETWORK_UNREACHABLE
	errorHostNotFound     = 1232 // ERROR_HOST_UNREACHABLE
	errorNotFound         = 1168
	errorInvalidParameter = 87
)

// systemProblem gives a number of winerror.h its code.
func systemProblem(n uint32) *platform.Problem {
	code := platform.Other
	switch n {
	case errorAccessDenied:
		code = platform.Permission
	case errorNotSupported, errorProcNotFound:
		code = platform.NoMechanism
	case errorNotFound:
		code = platform.NotFound
	case errorNetworkNotFound:
		code = platform.UnreachableNet
	case errorHostNotFound:
		code = platform.UnreachableHost
	}
	return &platform.Problem{Code: code, Text: fmt.Sprintf("error %d", n)}
}
