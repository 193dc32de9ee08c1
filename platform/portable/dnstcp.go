package portable

import (
	"context"
	"encoding/binary"
	"io"
	"net/netip"

	"github.com/miekg/dns"

	"faultline/platform"
)

// overTCP makes one connection for one question (RFC 7766). Two bytes of
// length bound the message to 64 KiB.
func overTCP(ctx context.Context, q platform.DNSAsk, forms []question, at *progress) (*dns.Msg, int, error) {
	at.sent++
	packed := forms[0]
	conn, err := connect(ctx, q.Server, netip.Addr{})
	if err != nil {
		return nil, 0, err
	}
	at.connected = true
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	defer wakeOnEnd(ctx, conn)()
	framed := binary.BigEndian.AppendUint16(nil, uint16(len(packed.wire)))
	if _, err := conn.Write(append(framed, packed.wire...)); err != nil {
		return nil, 0, err
	}
	b, err := readFramed(conn)
	if err != nil {
		return nil, 0, err
	}
	m, err := packed.read(b)
	return m, len(b), err
}

// readFramed reads one message with its length. A close before the first byte
// is the peer's choice; one inside a message makes it malformed.
func readFramed(r io.Reader) ([]byte, error) {
	var head [2]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		return nil, cutShort(err, n)
	}
	// Grown as bytes come: a length alone must not cost memory.
	want := int(binary.BigEndian.Uint16(head[:]))
	b, err := io.ReadAll(io.LimitReader(r, int64(want)))
	if err == nil && len(b) < want {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, cutShort(err, len(head)+len(b))
	}
	return b, nil
}

func cutShort(err error, got int) error {
	if closedByPeer(err) && got > 0 {
		return malformed("the DNS message ends before its announced length")
	}
	return err
}
