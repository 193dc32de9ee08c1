//go:build !windows

package platformtest

import "net"

// openDatagrams opens a UDP socket on loopback.
func openDatagrams() (datagrams, error) { return net.ListenPacket("udp4", "127.0.0.1:0") }
