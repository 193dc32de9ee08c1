package portable

import (
	"context"
	"crypto/x509"
	"time"

	"faultline/platform"
)

// verifyGrace is how long the verifier is waited for once its conversation has
// ended: the verifier of Windows may look for a missing issuer in the network,
// for which it takes many seconds (CertGetCertificateChain, wincrypt.h).
const verifyGrace = time.Second

// opinion is what the system's verifier says of a chain.
type opinion struct {
	trusted    platform.Tri
	why        *platform.Problem
	incomplete bool
	kin        platform.Tri
	broke      any  // what it panicked with: the chain is a stranger's
	unfit      bool // for its purpose alone
}

// verifying is an opinion that is being formed.
type verifying <-chan opinion

// verifyBeside asks the verifier beside the conversation: loading the system's roots
// takes longer than a handshake.
func verifyBeside(chain []*x509.Certificate, roots *x509.CertPool) verifying {
	told := make(chan opinion, 1)
	at := time.Now()
	go func() {
		var said opinion
		defer func() {
			said.broke = recover()
			told <- said
		}()
		said = opinionOf(chain, roots, at)
	}()
	return told
}

func opinionOf(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) (o opinion) {
	if o.trusted, o.why = trusted(chain, roots, at); o.trusted != platform.No {
		return o
	}
	if o.unfit = trustedOtherwise(chain, roots, at); o.unfit {
		return o
	}
	if missing := missingIssuer(chain, roots, at); missing != nil {
		o.incomplete, o.kin = true, kin(*missing, roots)
	}
	return o
}

// wait returns the opinion; unknown where it does not come soon after the end of
// the conversation.
func (v verifying) wait(ctx context.Context) opinion {
	var said opinion
	select {
	case said = <-v:
	case <-ctx.Done():
		late := time.NewTimer(verifyGrace)
		defer late.Stop()
		select {
		case said = <-v:
		case <-late.C:
			return opinion{why: other("the system's verifier did not answer in time")}
		}
	}
	if said.broke != nil {
		panic(said.broke)
	}
	return said
}
