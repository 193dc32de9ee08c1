package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"faultline/app"
	"faultline/diag/reset"
)

// ordinary returns the index of the public captures, one map for each file.
func ordinary(t *testing.T) (dir string, rows []map[string]string) {
	t.Helper()
	dir = os.Getenv("FAULTLINE_CAPTURES")
	if dir == "" {
		t.Skip("FAULTLINE_CAPTURES is not set: no captures of ordinary traffic to look at")
	}
	f, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	all, err := r.ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("reading the index: %v", err)
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return dir, rows
}

// analyzedJSON runs analyze and returns the report, which must fit the schema.
func analyzedJSON(t *testing.T, args ...string) app.Report {
	t.Helper()
	var out, complaint bytes.Buffer
	Run(Env{
		Args: append([]string{"analyze", "--json"}, args...), Stdout: &out, Stderr: &complaint, Now: time.Now,
		Getenv: func(string) string { return "" }, Build: Build{Version: "1.2.3", OS: "linux", Arch: "amd64"},
	})
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
	if err == nil {
		err = reportSchema().Validate(v)
	}
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, complaint.String())
	}
	var r app.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// On ordinary traffic nothing is told as sent by something between the ends,
// and the totals are tshark's.
func TestOrdinaryTraffic(t *testing.T) {
	dir, rows := ordinary(t)
	claims, events := 0, 0
	for _, row := range rows {
		r := analyzedJSON(t, "--streams", filepath.Join(dir, row["file"]))
		for _, e := range append(r.Resets, r.Breaks...) {
			events++
			if e.Sender == reset.ByMiddlebox || strings.Contains(string(e.Code), "inject") {
				claims++
				t.Errorf("%s: packet %d is told as %s, sent by %s", row["file"], e.Frame, e.Code, e.Sender)
			}
		}
		c := r.Capture
		for name, got := range map[string]int{
			"packets": c.Packets, "tcp_packets": c.TCPPackets, "tcp_streams": c.Streams, "retransmission": c.Retransmission,
			"fast_retransmission": c.FastRetransmission, "spurious_retransmission": c.SpuriousRetransmission, "out_of_order": c.OutOfOrder,
			"duplicate_ack": c.DuplicateAck, "zero_window": c.ZeroWindow, "window_full": c.WindowFull, "keep_alive": c.KeepAlive,
			"lost_segment": c.LostSegment, "ack_lost_segment": c.AckLostSegment, "reused_ports": c.ReusedPorts,
		} {
			if want, err := strconv.Atoi(row[name]); err != nil || got != want {
				t.Errorf("%s: %s: got %d, want %s as tshark has it", row["file"], name, got, row[name])
			}
		}
	}
	t.Logf("%d files, %d events, %d told as sent by something between", len(rows), events, claims)
}
