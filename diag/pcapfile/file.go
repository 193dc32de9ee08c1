package pcapfile

import "fmt"

// Corrupt says where a file ceased to make sense. What came before was read.
type Corrupt struct {
	Name string
	At   int64  // byte of the (uncompressed) file
	Why  string // "a packet of 4294967295 bytes"
}

// Error names the file, the byte and what is wrong there.
func (c *Corrupt) Error() string {
	return fmt.Sprintf("%s: corrupt at byte %d: %s", c.Name, c.At, c.Why)
}

// Summary is what is known of a file so far.
type Summary struct {
	Format    string // "pcap", "pcapng"
	Nano      bool   // time stamps are finer than a microsecond
	Gzip      bool
	Links     []uint16 // link types in order of appearance
	Bytes     int64    // of the file as it lies on the disk, read so far
	Truncated bool     // the last packet is not whole
	Clock     int      // how often the time stamps went backwards
}
