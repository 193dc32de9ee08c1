package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/gopacket/pcapgo"

	"faultline/platform/packet/packettest"
)

const (
	fromClient = packettest.Client
	fromServer = packettest.Server
	request    = "GET /report?token=secret HTTP/1.1\r\nHost: intranet.example\r\n\r\n"
	response   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
)

func talk() *packettest.Story {
	return packettest.New("192.0.2.20:50000", "192.0.2.1:80").Open()
}

// served is a request with its answer.
func served(s *packettest.Story) *packettest.Story {
	return s.Send(fromClient, "PA", request).Send(fromServer, "A", "").Send(fromServer, "PA", response).Send(fromClient, "A", "")
}

// tales are the captures that the scripts read.
var tales = map[string]func() *packettest.Story{
	"healthy": func() *packettest.Story { return served(talk()).Close() },
	"refused": func() *packettest.Story {
		return packettest.New("192.0.2.20:50000", "192.0.2.1:81").Send(fromClient, "S", "").
			Send(fromServer, "RA", "", packettest.Seq(-5000))
	},
	// The answer comes all the same, and the reset had another distance.
	"injected": func() *packettest.Story {
		return served(talk()).Wait(12400*time.Millisecond).Send(fromClient, "PA", request).
			Send(fromServer, "R", "", packettest.Bare, packettest.TTL(118)).
			Wait(200*time.Millisecond).Send(fromServer, "PA", response).Send(fromServer, "PA", response)
	},
	"aborted": func() *packettest.Story {
		return talk().Send(fromClient, "PA", request).Send(fromServer, "A", "").Send(fromServer, "RA", "")
	},
	"after-close": func() *packettest.Story {
		return served(talk()).Send(fromClient, "FA", "").Send(fromServer, "FA", "").Send(fromClient, "RA", "")
	},
	"silent": func() *packettest.Story {
		s := packettest.New("192.0.2.20:50000", "192.0.2.1:81").Send(fromClient, "S", "")
		for _, wait := range []time.Duration{1, 2, 4, 8} {
			s.Wait(wait*time.Second).Again(fromClient, 1).Send(fromClient, "S", "")
		}
		return s.Wait(20*time.Second).Then("192.0.2.20:50002", "192.0.2.1:80").Open().Close()
	},
	// Of many connections some are refused.
	"many": func() *packettest.Story {
		s := served(talk()).Close()
		for _, port := range []string{"51001", "51002", "51003", "51004", "51005"} {
			s.Then("192.0.2.20:"+port, "192.0.2.1:80")
			served(s.Open()).Send(fromClient, "FA", "").Send(fromServer, "FA", "").Send(fromClient, "RA", "")
		}
		return s.Then("192.0.2.20:52000", "192.0.2.1:80").Open().Send(fromClient, "PA", request).Send(fromServer, "RA", "")
	},
	"hostile": func() *packettest.Story {
		return talk().Send(fromClient, "PA", "GET /\x1b]0;owned\a<script>alert(1)</script> HTTP/1.1\r\n\r\n").
			Send(fromServer, "PA", "220 \x1b[2J\x1b[31m\u202eevil\r\n").Send(fromServer, "RA", "\x1b[1mcause\x1b[0m")
	},
}

// pairs are captures of both ends.
var pairs = map[string]func() *packettest.Ends{
	// A request is lost, and something on the way resets the connection.
	"forged": func() *packettest.Ends {
		e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
		e.Outside, e.Ahead, e.Snap = "203.0.113.9:61000", time.Hour, [2]int{0, 80}
		e.Open().Send(fromClient, "PA", request).Send(fromServer, "A", "").Send(fromServer, "PA", response).Send(fromClient, "A", "").
			Send(fromClient, "PA", request, packettest.Lost).Send(fromServer, "RA", "", packettest.Injected)
		e.Outside = "203.0.113.9:61001"
		return e.Then("192.0.2.20:50001", "198.51.100.1:80").Open().Close()
	},
	"sound": func() *packettest.Ends {
		e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
		return e.Open().Send(fromClient, "PA", request).Send(fromServer, "PA", response).Send(fromClient, "A", "").Close()
	},
	"other": func() *packettest.Ends {
		return packettest.Both("192.0.2.7:1", "198.51.100.7:2").Then("192.0.2.7:49000", "198.51.100.7:443").Open().Close()
	},
	"reset": func() *packettest.Ends {
		e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
		e.Ahead, e.Drift = -time.Minute, 1e-4
		e.Open().Send(fromClient, "PA", request).Send(fromServer, "PA", response).Wait(20 * time.Second)
		e.Send(fromClient, "PA", request, packettest.Altered(packettest.Window(99))).Send(fromServer, "RA", "").Wait(10 * time.Second)
		return e.Then("192.0.2.20:50001", "198.51.100.1:80").Open().Close()
	},
}

// writeTales writes every tale as <name>.pcap, and what is no capture.
func writeTales(dir string) error {
	for name, tale := range tales {
		if err := os.WriteFile(filepath.Join(dir, name+".pcap"), tale().PCAP(), 0o600); err != nil {
			return err
		}
	}
	for name, pair := range pairs {
		e := pair()
		for end, of := range []string{".client.pcap", ".server.pcap"} {
			if err := os.WriteFile(filepath.Join(dir, name+of), e.PCAP(end), 0o600); err != nil {
				return err
			}
		}
	}
	whole := tales["aborted"]().PCAP()
	if err := writeMissed(filepath.Join(dir, "missed.pcapng"), whole); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "cut.pcap"), whole[:len(whole)-10], 0o600); err != nil {
		return err
	}
	broken := append(append([]byte{}, whole...), make([]byte, 8)...)
	broken = append(broken, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4)
	return os.WriteFile(filepath.Join(dir, "broken.pcap"), broken, 0o600)
}

// writeMissed writes a capture as pcapng whose last block says that the interface
// missed 1,207 packets.
func writeMissed(path string, whole []byte) error {
	in, err := pcapgo.NewReader(bytes.NewReader(whole))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	out, err := pcapgo.NewNgWriter(&b, in.LinkType())
	if err != nil {
		return err
	}
	for {
		data, of, err := in.ReadPacketData()
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		if err := out.WritePacket(of, data); err != nil {
			return err
		}
	}
	if err := out.WriteInterfaceStats(0, pcapgo.NgInterfaceStatistics{PacketsDropped: 1207, PacketsReceived: pcapgo.NgNoValue64}); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o600)
}
