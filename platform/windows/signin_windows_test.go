package windows

import (
	"errors"
	"testing"
	"unsafe"

	"faultline/platform"
)

// TestSignInLayouts: the structures of sspi.h on 64 and 32 bits.
func TestSignInLayouts(t *testing.T) {
	p := unsafe.Sizeof(uintptr(0))
	for name, at := range map[string][2]uintptr{
		"SecHandle":              {unsafe.Sizeof(secHandle{}), 2 * p},
		"SecBuffer":              {unsafe.Sizeof(secBuffer{}), 8 + p},
		"SecBuffer.pvBuffer":     {unsafe.Offsetof(secBuffer{}.at), 8},
		"SecBufferDesc":          {unsafe.Sizeof(secBuffers{}), 8 + p},
		"SecBufferDesc.pBuffers": {unsafe.Offsetof(secBuffers{}.first), 8},
	} {
		if at[0] != at[1] {
			t.Errorf("%s: got %d want %d", name, at[0], at[1])
		}
	}
}

// TestSignIn: a session without anything to sign in with says so; one that has
// something begins with it, and an unknown scheme is refused.
func TestSignIn(t *testing.T) {
	for _, scheme := range []string{"Negotiate", "NTLM", "no such scheme"} {
		s, err := SignIn(platform.ProxySignIn{Scheme: scheme, Host: "proxy.example"})
		if err == nil {
			var word []byte
			word, err = s.Next(nil)
			if err == nil && len(word) == 0 || scheme == "no such scheme" {
				t.Errorf("%s: got %q, %v want a word or an error", scheme, word, err)
			}
			s.Close()
		}
		var p *platform.Problem
		if err != nil && !errors.As(err, &p) {
			t.Errorf("%s: got %v want a problem", scheme, err)
		}
		t.Logf("%s: %v", scheme, err)
	}
}
