package dissect

// Where things lie in most packets of most captures: Ethernet without a tag, IPv4
// without options, TCP.
const (
	usualIP  = 14
	usualTCP = usualIP + 20
)

// usual reads such a packet, if it is one, whole, and kept up to its payload. What
// it reads is what the long way reads, in a third of the time.
func (s *Segment) usual(p []byte, wire uint32) bool {
	if len(p) < usualTCP+20 {
		return false
	}
	h := (*[usualTCP + 20]byte)(p)
	if be16(h[12:]) != etherIPv4 || h[usualIP] != 0x45 || h[usualIP+9] != protocolTCP || be16(h[usualIP+6:])&0x3fff != 0 {
		return false
	}
	end, body := usualIP+int(be16(h[usualIP+2:])), usualTCP+int(h[usualTCP+12]>>4)*4
	if body < usualTCP+20 || body > end || body > len(p) || end > max(int(min(wire, mostWire)), len(p)) {
		return false
	}
	s.readIPv4((*[20]byte)(h[usualIP:]))
	s.readTCP((*[leastTCP]byte)(h[usualTCP:]))
	s.Kind, s.Len = TCP, uint32(end-body)
	s.Options, s.Payload = p[usualTCP+20:body:body], p[body:min(end, len(p)):min(end, len(p))]
	return true
}
