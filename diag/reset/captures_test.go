package reset_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/diag/pcapfile"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
	"faultline/platform/packet"
)

// judged reads a capture twice, as the program does, and judges it.
func judged(t *testing.T, path string, v reset.Vantage) []reset.Event {
	t.Helper()
	opened := func() *pcapfile.File {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		f, err := pcapfile.Open(file, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	e, first := tcpflow.New(tcpflow.Settings{}), opened()
	for b := (&packet.Batch{}); first.Read(context.Background(), b) == nil; {
		e.Feed(b)
	}
	var want []int
	for s := range e.Finish().All() {
		want = append(want, s.Number)
	}
	all, err := tcpflow.Transcribe(context.Background(), opened(), want, tcpflow.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return reset.Judge(reset.Input{Transcripts: all, Vantage: v})
}

// short is what events say.
func short(all []reset.Event) string {
	var out []string
	for _, e := range all {
		out = append(out, fmt.Sprintf("%s/%s/%v", strings.TrimPrefix(string(e.Code), "reset."), e.Sender, e.Confidence))
	}
	return strings.Join(out, " ")
}

// causes are those of the real captures that hold a reset or a broken connection.
// mixed_retrans_smb.pcap has none: each packet is in it up to four times, with the IP
// id of the first, and nothing was sent again.
var causes = map[string]string{
	"client_rst_after_fin.pcap":        "after-close/client/likely",
	"gap_dropped_segment.pcap":         "after-close/client/likely",
	"ipv6_rst.pcap":                    "after-close/client/likely",
	"null_loopback_rst.pcap":           "no-listener/server/likely no-listener/server/likely",
	"raw_ip_rst.pcap":                  "after-close/server/likely",
	"refused.pcapng":                   "no-listener/server/likely",
	"refused_syn_retry_windows.pcapng": "no-listener/server/likely",
	"retransmissions.pcapng":           "path.silent/client/possible",
	"server_app_abort_two_rst.pcap":    "app-abort/server/likely",
	"sll_rst.pcap":                     "after-close/client/likely",
	"syn_no_answer.pcapng":             "tcp.no-reply/unknown/likely",
	"syn_then_rst.pcap":                "handshake-abandoned/client/possible",
	"zerowindow_dead.pcapng":           "service.not-reading/server/likely",
}

// aborts are captures whose resets come from a program that closed hard.
var aborts = map[string]int{"gzip_null_v6.pcapng.gz": 6, "rst_with_data.pcap": 1}

// TestPublicCaptures judges real captures. None of them holds a reset that
// something between sent.
func TestPublicCaptures(t *testing.T) {
	dir := os.Getenv("FAULTLINE_CAPTURES")
	if dir == "" {
		t.Skip("FAULTLINE_CAPTURES names no folder of captures")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	between := 0
	for _, path := range files {
		name := filepath.Base(path)
		all := judged(t, path, reset.Guess)
		for _, e := range all {
			if e.Sender == reset.ByMiddlebox {
				between++
			}
		}
		n, abort := aborts[name]
		if got := short(all); !abort && got != causes[name] || abort && strings.Count(got, "app-abort") != n {
			t.Errorf("%s: got %q want %q", name, got, causes[name])
		}
	}
	fmt.Printf("%d resets told as sent by something between\n", between)
	if between > 0 {
		t.Errorf("resets told as sent by something between: got %d want 0", between)
	}
}

// FuzzJudge: whatever a capture holds, it is judged.
func FuzzJudge(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x12\x01\x00\x10\x00\x00\x14\x01\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := begin()
		for ; len(data) >= 3; data = data[3:] {
			var flags string
			for bit, name := range []string{"F", "S", "R", "P", "A", "U"} {
				if data[0]&(1<<bit) != 0 {
					flags += name
				}
			}
			c.wait(time.Duration(data[2])*time.Second/4).send(int(data[0]>>7), flags, int(data[1]), []opt{shift(uint32(data[2]) << (data[1] % 24)), ttl(data[2])})
		}
		for _, e := range c.judge() {
			if e.Code == "" || e.Segment >= len(c.batch.Recs) {
				t.Errorf("got %+v", e)
			}
		}
	})
}
