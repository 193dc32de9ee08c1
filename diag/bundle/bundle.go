// Package bundle is the file in which a diagnosis travels: a zip of the call
// log, the report and the summary, with a manifest that holds their hashes.
//
// It opens bundles as hostile input, never touches a file system, never looks
// into the parts, and does not redact: what is handed to Write is what travels.
package bundle

import "time"

// Schema names the layout that this package writes and reads.
const Schema = "faultline/bundle/1"

// Bundle is what a bundle file holds. A part that is nil is not in the file;
// the call log is always.
type Bundle struct {
	Tool    string    // name and version of the program that made it
	Made    time.Time // when
	Calls   []byte    // calls.jsonl, for tape.Read
	Report  []byte    // report.json
	Summary []byte    // summary.txt
}

// Manifest is the bundle's manifest.json.
type Manifest struct {
	Schema string    `json:"schema"`
	Tool   string    `json:"tool"`
	Made   time.Time `json:"made"`
	Files  []File    `json:"files"` // all but the manifest
}

// File says what a part must be.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // in hexadecimal
	Bytes  int    `json:"bytes"`
}

// Names of the files in a bundle.
const (
	manifestName = "manifest.json"
	callsName    = "calls.jsonl"
	reportName   = "report.json"
	summaryName  = "summary.txt"
)

// Limits of a bundle. Write keeps to them, so that Open refuses only what
// somebody else made.
const (
	maxEntries   = 16
	maxPart      = 64 << 20 // uncompressed
	maxManifest  = 64 << 10
	maxTool      = 200
	maxDirectory = 256 << 10 // bytes read to find the entries
	maxRatio     = 200       // uncompressed to compressed
	smallPart    = 1 << 20   // for which no ratio is asked
)

type part struct {
	name string
	data *[]byte
}

// parts lists the parts of b in the order in which they are written.
func (b *Bundle) parts() []part {
	return []part{{callsName, &b.Calls}, {reportName, &b.Report}, {summaryName, &b.Summary}}
}
