// Package dissect finds the innermost TCP segment, or the ICMP error about
// one, in the bytes of a packet: link types, VLANs, tunnels, IP headers and
// fragments.
//
// It never keeps what it decodes, but for fragments within limits, and it
// knows nothing of connections.
package dissect
