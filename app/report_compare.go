package app

import "time"

// Compared is what two captures of the same traffic tell together. Times of
// packets are of the clock of the capture that holds them.
type Compared struct {
	Client      string       `json:"client"` // the file of the client's end
	Server      string       `json:"server"`
	Swapped     bool         `json:"swapped"` // they were named the other way around
	Same        bool         `json:"same"`    // both are one capture
	Summary     []string     `json:"summary"` // in words
	Clock       ClockOffset  `json:"clock"`
	Complete    bool         `json:"complete"`    // all connections of both files were looked at
	OnlyClient  int          `json:"only_client"` // connections that only the client's capture holds; 0 where not all were looked at
	OnlyServer  int          `json:"only_server"`
	Connections []Connection `json:"connections"`
}

// ClockOffset is how far the server's clock is ahead of the client's.
type ClockOffset struct {
	Known       bool    `json:"known"` // packets of both directions are in both captures
	Offset      float64 `json:"offset_seconds"`
	Within      float64 `json:"within_seconds"` // the true offset lies this near
	Drift       float64 `json:"drift_ppm"`      // by how much the server's clock is faster; 0: none is seen
	DriftWithin float64 `json:"drift_within_ppm"`
}

// Connection is one connection in both captures.
type Connection struct {
	Client       Ends          `json:"client"` // its ends as the client's capture has them
	Server       Ends          `json:"server"`
	ClientNumber int           `json:"client_number"` // of the stream in the client's capture
	ServerNumber int           `json:"server_number"`
	Translated   bool          `json:"translated"` // addresses or ports differ
	Renumbered   bool          `json:"renumbered"` // sequence numbers were changed on the way
	Proxied      bool          `json:"proxied"`    // something on the way answered the SYN in the server's place
	Partial      bool          `json:"partial"`    // not all of its packets were looked at
	ToServer     Direction     `json:"to_server"`
	ToClient     Direction     `json:"to_client"`
	Altered      []Altered     `json:"altered"`
	Missed       MissedPackets `json:"missed"`
}

// MissedPackets are packets that passed a capture and are not in it.
type MissedPackets struct {
	Client int `json:"client"`
	Server int `json:"server"`
}

// Direction is what became of the packets of one side.
type Direction struct {
	Packets   int        `json:"packets"` // in the capture of their sender
	Arrived   int        `json:"arrived"`
	Lost      int        `json:"lost"`
	Injected  int        `json:"injected"`       // came, and were never sent
	Undecided int        `json:"undecided"`      // neither arrived nor lost, for all that is known
	Hops      *int       `json:"hops,omitzero"`  // routers between the captures; absent: not known
	Delay     *DelayOf   `json:"delay,omitzero"` // absent: not known
	LostOnes  []PacketOf `json:"lost_packets"`
	Made      []PacketOf `json:"injected_packets"`
}

// DelayOf is how long packets were under way.
type DelayOf struct {
	Least  float64 `json:"least_seconds"`
	Median float64 `json:"median_seconds"`
	Most   float64 `json:"most_seconds"`
}

// PacketOf points at a packet of the capture that holds it.
type PacketOf struct {
	File   string    `json:"file"`
	Frame  int       `json:"frame"`
	At     time.Time `json:"at"`
	Bytes  int       `json:"bytes"`
	Reset  bool      `json:"reset"`
	What   string    `json:"what"`   // its flags, in words
	Filter string    `json:"filter"` // Wireshark: exactly this packet of that file
}

// Altered is something that was changed on the way.
type Altered struct {
	Direction string `json:"direction"` // "to-server" or "to-client"
	What      string `json:"what"`      // a stable word
	Title     string `json:"title"`
	Count     int    `json:"count"`
	Frame     int    `json:"frame"` // the first of them, in its sender's capture
	Was       int    `json:"was"`
	Is        int    `json:"is"`
}
