package app

import (
	"time"

	"faultline/diag/catalog"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// Reset is one reset event, or one connection that broke without one. Copies
// of the packet and the echoes that follow it belong to it.
type Reset struct {
	Code       catalog.Code   `json:"code"`
	Title      string         `json:"title"`
	Summary    string         `json:"summary"`
	Trouble    bool           `json:"trouble"` // a fault, not a harmless reset
	Party      catalog.Party  `json:"party"`
	Who        string         `json:"who"` // who has to act; "" when nobody has
	Confidence string         `json:"confidence"`
	Sender     reset.Sender   `json:"sender"`
	Stage      reset.Stage    `json:"stage"`
	Sequence   reset.Sequence `json:"sequence"`
	File       string         `json:"file"`
	Stream     Ends           `json:"stream"`
	Number     int            `json:"number"` // of the stream, from 0 by first packet
	At         time.Time      `json:"at"`
	Frame      int            `json:"frame"` // 1-based number in the file
	Idle       float64        `json:"idle_seconds"`
	Copies     int            `json:"copies"`
	Echoes     int            `json:"echoes"`
	Vantage    reset.Vantage  `json:"vantage"`
	Guessed    bool           `json:"vantage_guessed"`
	Before     []string       `json:"before"` // the last packets, in words
	Features   []Feature      `json:"features"`
	Rejected   []Rejected     `json:"rejected"`
	Untested   []Untested     `json:"untested"`
	Next       []Step         `json:"next"`
	Filter     string         `json:"filter"`       // Wireshark: exactly this packet of this file
	Around     string         `json:"conversation"` // Wireshark: the connection, also in a file that was cut anew

	event    *reset.Event
	analysis *Analysis
	untold   *captureComposer // nil: it has its words
}

// Ends are the two ends of a stream, as "ip:port".
type Ends struct {
	Client string `json:"client"`
	Server string `json:"server"`
}

// Feature is one fact that was weighed.
type Feature struct {
	Name  string         `json:"name"`  // a stable word
	Title string         `json:"title"` // the same for people
	Group reset.Group    `json:"group"`
	Value string         `json:"value"` // in words
	For   []reset.Sender `json:"for"`   // who could have sent it, by this fact
	Code  catalog.Code   `json:"code"`  // the verdict that it speaks for, or against; "": none
	Bits  float64        `json:"bits"`  // weight as log odds; negative speaks against the code
}

// Capture are the totals of the files that were read.
type Capture struct {
	File       string         `json:"file"`
	Format     string         `json:"format"`
	LinkTypes  []string       `json:"link_types"`
	Packets    int            `json:"packets"`
	TCPPackets int            `json:"tcp_packets"`
	Bytes      int64          `json:"bytes"`
	Streams    int            `json:"streams"`
	Skipped    map[string]int `json:"skipped"`
	Truncated  bool           `json:"truncated"`
	Dropped    int            `json:"dropped"` // packets that it missed, as far as it says so
	Problem    string         `json:"problem"` // why it was not read to its end, in words; "" when it was
	Evicted    Evicted        `json:"evicted"`
	LeftOut    int            `json:"left_out"`
	Seconds    float64        `json:"seconds"`
	tcpflow.Counts
}

// Evicted counts the streams that were given up for want of room: Open ones
// could have gone on, and every count after that is a lower bound.
type Evicted struct {
	Closed int `json:"closed"`
	Silent int `json:"silent"`
	Open   int `json:"open"`
}

// Flow is one line of the streams.
type Flow struct {
	File          string            `json:"file"`
	Number        int               `json:"number"`
	Client        string            `json:"client"`
	Server        string            `json:"server"`
	Packets       int               `json:"packets"`
	PayloadClient int64             `json:"payload_client"`
	PayloadServer int64             `json:"payload_server"`
	Handshake     tcpflow.Handshake `json:"handshake"`
	FINClient     int               `json:"fin_client"`
	FINServer     int               `json:"fin_server"`
	RSTClient     int               `json:"rst_client"`
	RSTServer     int               `json:"rst_server"`
	Unanswered    bool              `json:"unanswered"` // it ends with bytes that nobody acknowledged
	Evicted       bool              `json:"evicted"`    // counts are lower bounds
	tcpflow.Counts
}
