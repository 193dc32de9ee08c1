package app

import (
	"errors"
	"os"
	"strings"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/dissect"
	"faultline/diag/pcapfile"
	"faultline/diag/tcpflow"
)

// totals are what was counted in one file.
func (c *captureComposer) totals(a *Analysis) Capture {
	f := a.Flows
	out := Capture{
		File: a.File, Format: a.Summary.Format, LinkTypes: []string{}, Packets: f.Packets, TCPPackets: f.TCP, Bytes: f.Bytes,
		Streams: f.Streams, Skipped: map[string]int{}, Truncated: a.Summary.Truncated, Dropped: a.Summary.Dropped, Evicted: Evicted(f.Evicted), LeftOut: a.LeftOut,
		Counts: f.AsCaptured, Seconds: float64(f.Last-f.First) / 1e9,
	}
	for _, link := range f.Links {
		out.LinkTypes = append(out.LinkTypes, dissect.LinkName(link))
	}
	for reason, n := range f.Skipped {
		out.Skipped[reason] = n
	}
	if f.Left > 0 {
		out.Skipped["not asked for"] = f.Left
	}
	if a.Problem != nil {
		out.Problem = problemText(a.Problem, f.Packets, c.words)
	}
	return out
}

// problemText says why a file was not read to its end, and what stands.
func problemText(err error, packets int, w *text.Words) string {
	var e *CaptureError
	if !errors.As(err, &e) {
		return w.Say("capture.problem", diag.Args{"why": w.Why(err)})
	}
	file := e.File
	if file == standardInput {
		file = w.Say("capture.standard-input", nil)
	}
	return w.Say("capture.problem."+e.Code, diag.Args{"file": file, "n": packets, "why": FileError(e.Err, w), "at": byteOf(e.Err), "folder": os.TempDir()})
}

// byteOf is where a file ceased to make sense.
func byteOf(err error) int {
	var corrupt *pcapfile.Corrupt
	if errors.As(err, &corrupt) {
		return int(corrupt.At)
	}
	return 0
}

// sum adds up the totals of several files.
func sum(all []Capture) *Capture {
	out := Capture{LinkTypes: []string{}, Skipped: map[string]int{}}
	var names, formats, problems []string
	for _, c := range all {
		names, formats = append(names, c.File), add(formats, c.Format)
		problems = add(problems, c.Problem)
		for _, l := range c.LinkTypes {
			out.LinkTypes = add(out.LinkTypes, l)
		}
		for reason, n := range c.Skipped {
			out.Skipped[reason] += n
		}
		out.Packets += c.Packets
		out.TCPPackets += c.TCPPackets
		out.Bytes += c.Bytes
		out.Streams += c.Streams
		out.Evicted.Closed += c.Evicted.Closed
		out.Evicted.Silent += c.Evicted.Silent
		out.Evicted.Open += c.Evicted.Open
		out.LeftOut += c.LeftOut
		out.Seconds += c.Seconds
		out.Truncated = out.Truncated || c.Truncated
		out.Dropped += c.Dropped
		addCounts(&out.Counts, c.Counts)
	}
	out.File, out.Format, out.Problem = strings.Join(names, ", "), strings.Join(formats, ", "), strings.Join(problems, " ")
	return &out
}

func addCounts(to *tcpflow.Counts, c tcpflow.Counts) {
	to.Retransmission += c.Retransmission
	to.FastRetransmission += c.FastRetransmission
	to.SpuriousRetransmission += c.SpuriousRetransmission
	to.OutOfOrder += c.OutOfOrder
	to.DuplicateAck += c.DuplicateAck
	to.ZeroWindow += c.ZeroWindow
	to.WindowFull += c.WindowFull
	to.KeepAlive += c.KeepAlive
	to.LostSegment += c.LostSegment
	to.AckLostSegment += c.AckLostSegment
	to.ReusedPorts += c.ReusedPorts
}

// add appends what is not there yet, and is something.
func add(all []string, s string) []string {
	for _, have := range append([]string{""}, all...) {
		if have == s {
			return all
		}
	}
	return append(all, s)
}

// flows are the streams of one file: every one, or those that had trouble. The
// figures are Wireshark's, which counts a packet as often as it was captured.
func flows(a *Analysis, every bool, only int) []Flow {
	var all []Flow
	for s := range a.Flows.All() {
		if only >= 0 && s.Number != only || only < 0 && !every && !s.Trouble() {
			continue
		}
		client, server := s.AsCaptured.From[tcpflow.Client], s.AsCaptured.From[tcpflow.Server]
		all = append(all, Flow{
			File: a.File, Number: s.Number, Client: s.Client.String(), Server: s.Server.String(), Packets: client.Packets + server.Packets,
			PayloadClient: client.Payload, PayloadServer: server.Payload, Handshake: s.Handshake, FINClient: client.FIN, FINServer: server.FIN,
			RSTClient: client.RST, RSTServer: server.RST, Unanswered: s.Unanswered, Evicted: s.Evicted, Counts: s.AsCaptured.Counts,
		})
	}
	return all
}
