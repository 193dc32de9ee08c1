package windows

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"faultline/platform"
	"faultline/platform/portable"
)

var (
	secur32         = windows.NewLazySystemDLL("secur32.dll")
	acquire         = secur32.NewProc("AcquireCredentialsHandleW")
	initialize      = secur32.NewProc("InitializeSecurityContextW")
	deleteContext   = secur32.NewProc("DeleteSecurityContext")
	freeCredentials = secur32.NewProc("FreeCredentialsHandle")
)

// Numbers of sspi.h and winerror.h.
const (
	outbound       = 2        // SECPKG_CRED_OUTBOUND
	ofConnection   = 0x800    // ISC_REQ_CONNECTION
	nativeData     = 0x10     // SECURITY_NATIVE_DREP
	bufferOfToken  = 2        // SECBUFFER_TOKEN
	signedIn       = 0        // SEC_E_OK
	signInGoesOn   = 0x90312  // SEC_I_CONTINUE_NEEDED
	mostToken      = 64 << 10 // MaxTokenSize is 48000 since Windows 8, 65535 at most
	signInPatience = 5 * time.Second
)

// The structures of sspi.h, in the form of the running processor.
type (
	secHandle struct{ lower, upper uintptr } // SecHandle
	secBuffer struct {                       // SecBuffer
		size, kind uint32
		at         *byte
	}
	secBuffers struct { // SecBufferDesc
		version, count uint32
		first          *secBuffer
	}
)

// SignIn begins a sign-in at a proxy with what the user's session holds, as
// WinHTTP and WinINet do for the proxies of the settings: a ticket of Kerberos or
// the answer to a challenge of NTLM, made by the system (SSPI). The password is
// not known to this program, nor asked for.
func SignIn(q platform.ProxySignIn) (portable.SignIn, error) {
	if err := absent(acquire, initialize, deleteContext, freeCredentials); err != nil {
		return nil, err
	}
	if otherUser() { // whose programs are not those that the user has trouble with
		return nil, &platform.Problem{Code: platform.Other, Text: "this process is not of the user who is logged on"}
	}
	s := &session{}
	scheme, err := windows.UTF16PtrFromString(q.Scheme)
	if err == nil {
		s.target, err = windows.UTF16PtrFromString("HTTP/" + q.Host) // RFC 4559 §4.1
	}
	if err != nil {
		return nil, fmt.Errorf("naming the proxy for a sign-in: %w", err)
	}
	var until int64
	if n, _, _ := acquire.Call(0, uintptr(unsafe.Pointer(scheme)), outbound, 0, 0, 0, 0,
		uintptr(unsafe.Pointer(&s.credentials)), uintptr(unsafe.Pointer(&until))); n != signedIn {
		return nil, refusedBySSPI("AcquireCredentialsHandle", n)
	}
	return s, nil
}

func refusedBySSPI(what string, n uintptr) error {
	return &platform.Problem{Code: platform.Other, Text: fmt.Sprintf("%s: %#x", what, uint32(n))}
}

// session is one sign-in of the user's session under way. Its calls may wait for
// a domain controller and cannot be canceled: what they work on is theirs until
// they end.
type session struct {
	credentials, context secHandle
	target               *uint16
	begun                bool
	lost                 bool // a call did not end in time
}

func (s *session) Next(challenge []byte) ([]byte, error) {
	type answer struct {
		word []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		word, err := s.next(challenge)
		done <- answer{word, err}
	}()
	select {
	case a := <-done:
		return a.word, a.err
	case <-time.After(signInPatience):
		s.lost = true
		return nil, &platform.Problem{Code: platform.Timeout, Text: "InitializeSecurityContext"}
	}
}

func (s *session) next(challenge []byte) ([]byte, error) {
	word := make([]byte, mostToken)
	out := secBuffer{uint32(len(word)), bufferOfToken, &word[0]}
	outs := secBuffers{count: 1, first: &out}
	var (
		held       *secHandle
		input      *secBuffers
		attributes uint32
		until      int64
	)
	if s.begun {
		held = &s.context
	}
	if len(challenge) > 0 {
		input = &secBuffers{count: 1, first: &secBuffer{uint32(len(challenge)), bufferOfToken, &challenge[0]}}
	}
	n, _, _ := initialize.Call(uintptr(unsafe.Pointer(&s.credentials)), uintptr(unsafe.Pointer(held)), uintptr(unsafe.Pointer(s.target)), ofConnection, 0, nativeData,
		uintptr(unsafe.Pointer(input)), 0, uintptr(unsafe.Pointer(&s.context)), uintptr(unsafe.Pointer(&outs)), uintptr(unsafe.Pointer(&attributes)), uintptr(unsafe.Pointer(&until)))
	if n != signedIn && n != signInGoesOn {
		return nil, refusedBySSPI("InitializeSecurityContext", n)
	}
	s.begun = true
	if out.size == 0 || out.size > mostToken {
		return nil, &platform.Problem{Code: platform.Other, Text: "the session has nothing more to say to the proxy"}
	}
	return word[:out.size], nil
}

// Close frees what the system holds, unless a call is still at work on it.
func (s *session) Close() {
	if s.lost {
		return
	}
	if s.begun {
		deleteContext.Call(uintptr(unsafe.Pointer(&s.context)))
	}
	freeCredentials.Call(uintptr(unsafe.Pointer(&s.credentials)))
}
