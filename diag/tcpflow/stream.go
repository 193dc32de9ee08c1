package tcpflow

import "net/netip"

// Handshake is how far a connection's opening came.
type Handshake string

// The handshakes, as in the report.
const (
	Complete           Handshake = "complete"
	NoFinalAck         Handshake = "no-final-ack"
	SynUnanswered      Handshake = "syn-unanswered"
	Refused            Handshake = "refused"
	SynThenClientReset Handshake = "syn-then-client-reset"
	OneSided           Handshake = "one-sided"
	OtherAnswer        Handshake = "other-answer"
	NotCaptured        Handshake = "not-captured"
)

// Counts are what Wireshark's TCP analysis counts (packet-tcp.c of 4.0.17).
// Retransmission counts the fast and the spurious ones too.
type Counts struct {
	Retransmission         int `json:"retransmission"`
	FastRetransmission     int `json:"fast_retransmission"`
	SpuriousRetransmission int `json:"spurious_retransmission"`
	OutOfOrder             int `json:"out_of_order"`
	DuplicateAck           int `json:"duplicate_ack"`
	ZeroWindow             int `json:"zero_window"`
	WindowFull             int `json:"window_full"`
	KeepAlive              int `json:"keep_alive"`
	LostSegment            int `json:"lost_segment"`
	AckLostSegment         int `json:"ack_lost_segment"`
	ReusedPorts            int `json:"reused_ports"`
}

// Side is what one end of a stream sent.
type Side struct {
	Packets int
	Payload int64 // bytes, each as often as it was sent
	FIN     int
	RST     int
}

// Stream is one connection. Client is who sent the SYN; when none was
// captured, the lower port is the server's.
type Stream struct {
	Number         int // by first packet, from 0
	Client, Server netip.AddrPort
	ClientKnown    bool   // the SYN was seen
	Apart          uint32 // as dissect.Segment.Apart
	First, Last    int64  // nanoseconds since 1970
	FirstFrame     int    // 1-based number in the capture
	LastFrame      int
	Handshake      Handshake
	From           [2]Side // the client's, the server's
	Counts         Counts
	AsCaptured     Tally // the same, copies counted as packets: Wireshark's figures
	Evicted        bool  // counts are lower bounds
	Notices        bool  // an ICMP error quotes it
	Unanswered     bool  // it ends with bytes that were not acknowledged, and without FIN or RST
	Tunnel         bool  // its addresses are those within a tunnel

	flipped bool // the lower endpoint is the server
	again   bool // it began with a SYN that used the endpoints of another stream again
}

// Tally is what Wireshark shows of a stream.
type Tally struct {
	From   [2]Side
	Counts Counts
}

// The indexes of Stream.From.
const (
	Client = iota
	Server
)
