// Package pcapfile reads capture files: pcap, pcapng and gzip of either, from
// any reader, in batches.
//
// It never opens a file itself, never decodes a packet, and never believes a
// length that a file states.
package pcapfile
