package portable

import (
	"bytes"
	"time"

	"faultline/platform"
)

// tongue is how one protocol begins.
type tongue struct {
	// opens is what the client says first; nil: the server speaks first.
	opens []byte
	// hear decodes what the peer has said so far.
	hear func(b []byte) (platform.Spoken, heard)
	// goesOn carries the conversation on where the first answer shows too
	// little; what it brings replaces said. nil: the first answer is enough.
	goesOn func(c *conversation, said platform.Spoken) (platform.Spoken, bool)
}

// heard says what a decoder made of bytes.
type heard int

const (
	partly  heard = iota // it may become an answer
	wholly               // it is one
	foreign              // it is no answer in this protocol
)

var tongues = map[platform.Protocol]tongue{
	platform.SSH:        {hear: hearSSH},
	platform.SMTP:       {hear: replyCode(platform.SMTP)},
	platform.FTP:        {hear: replyCode(platform.FTP)},
	platform.NNTP:       {hear: replyCode(platform.NNTP)},
	platform.IMAP:       {hear: hearIMAP},
	platform.POP3:       {hear: hearPOP3},
	platform.VNC:        {hear: hearVNC},
	platform.SMB:        {opens: smbNegotiate(), hear: hearSMB},
	platform.RDP:        {opens: rdpRequest, hear: hearRDP},
	platform.LDAP:       {opens: rootDSE(), hear: hearLDAP},
	platform.PostgreSQL: {opens: pgSSLRequest, hear: hearPostgreSQL, goesOn: pgStartup},
	platform.MySQL:      {hear: hearMySQL},
	platform.MSSQL:      {opens: tdsPrelogin, hear: hearMSSQL},
	platform.Redis:      {opens: []byte("PING\r\n"), hear: hearRedis},
	platform.MQTT:       {opens: mqttConnect, hear: hearMQTT},
	platform.AMQP:       {opens: []byte("AMQP\x00\x00\x09\x01"), hear: hearAMQP},
	platform.HTTP2:      {opens: []byte(http2Preface), hear: hearHTTP2},
}

const (
	maxSpoken     = 100     // characters of what the peer says
	maxAnswer     = 4 << 10 // bytes in which a first answer must be whole
	secondAnswer  = 1500 * time.Millisecond
	maxSpokenWord = 40
)

// speech reads the peer's answer to the protocol's first words.
func (c *conversation) speech(in *reader) error {
	t := tongues[c.ask.Speak]
	said, err := c.hear(in, t.hear)
	c.talk.Spoken = said
	if err == nil && t.goesOn != nil {
		if more, ok := t.goesOn(c, *said); ok {
			c.talk.Spoken = &more
		}
	}
	return err
}

// hear reads until the answer is whole, or is none. What came before an end is
// looked at too: a service that turns a caller away may say so in words of no
// protocol.
func (c *conversation) hear(in *reader, decode func([]byte) (platform.Spoken, heard)) (*platform.Spoken, error) {
	for {
		said, state := decode(in.got)
		if state == wholly {
			return &said, nil
		}
		if known := recognize(in.got); state == foreign || known.Protocol != "" && known.Protocol != c.ask.Speak {
			return &known, malformed("the peer does not speak " + string(c.ask.Speak))
		}
		if len(in.got) >= maxAnswer {
			return nil, malformed("the peer's first answer is too long")
		}
		if err := in.more(maxAnswer - len(in.got)); err != nil {
			return lastWords(in.got), err
		}
	}
}

// lastWords are what a peer said before it went: a line of text, if it is one.
func lastWords(b []byte) *platform.Spoken {
	if len(b) == 0 {
		return nil
	}
	said := recognize(b)
	return &said
}

// recognize tells by its first bytes what a peer speaks.
func recognize(b []byte) platform.Spoken {
	for _, p := range []struct {
		prefix string
		hear   func([]byte) (platform.Spoken, heard)
	}{
		{"SSH-", hearSSH}, {"RFB ", hearVNC}, {"* ", hearIMAP}, {"+OK", hearPOP3},
		{"-ERR", hearRedis}, {"-DENIED", hearRedis}, {"-NOAUTH", hearRedis}, {"-LOADING", hearRedis}, {"+PONG", hearRedis}, {"AMQP", hearAMQP},
	} {
		if said, state := p.hear(b); bytes.HasPrefix(b, []byte(p.prefix)) && state == wholly {
			return said
		}
	}
	switch {
	case bytes.HasPrefix(b, []byte("HTTP/")):
		return platform.Spoken{Protocol: platform.HTTP}
	case bytes.HasPrefix(b, []byte("@RSYNCD:")):
		return platform.Spoken{Protocol: platform.Rsync, Text: firstText(b)}
	case len(b) >= 3 && startsTLS(b[:2]) && b[2] <= 4:
		return platform.Spoken{Protocol: platform.TLS}
	}
	for _, hear := range []func([]byte) (platform.Spoken, heard){hearMySQL, hearSMB, hearRDP, hearHTTP2, hearNamed} {
		if said, state := hear(b); state == wholly {
			return said
		}
	}
	return platform.Spoken{Text: firstText(b)}
}

// firstText is the first line, where it is one of text.
func firstText(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7f {
			return ""
		}
	}
	return printable(string(line), maxSpoken)
}

// again hears a second answer on the same connection, for a short while: the
// first has shown already that the peer is there.
func (c *conversation) again(write []byte, decode func([]byte) (platform.Spoken, heard)) (platform.Spoken, bool) {
	if c.raw.Conn.SetDeadline(time.Now().Add(secondAnswer)) != nil {
		return platform.Spoken{}, false
	}
	if _, err := c.rw.Write(write); err != nil {
		return platform.Spoken{}, false
	}
	said, err := c.hear(&reader{from: c.rw, since: time.Now()}, decode)
	if err != nil || said == nil {
		return platform.Spoken{}, false
	}
	return *said, true
}

// checkSpeak rejects a protocol that is not known here.
func checkSpeak(q platform.TalkAsk) error {
	if q.Speak == "" {
		return nil
	}
	if _, known := tongues[q.Speak]; !known {
		return other("no first words are known of " + printable(string(q.Speak), maxSpokenWord))
	}
	if q.HTTP != nil || len(q.Send) > 0 {
		return other("a conversation begins in one protocol only")
	}
	return nil
}

// firstWords are what is written when HTTP is not asked for.
func (c *conversation) firstWords() []byte {
	if c.ask.Speak != "" {
		return tongues[c.ask.Speak].opens
	}
	return c.ask.Send
}

// recognize names what the peer speaks where that was not asked for.
func (c *conversation) recognize() {
	if c.talk.Spoken != nil || len(c.talk.First) == 0 || c.talk.HTTP != nil && c.talk.HTTP.Status > 0 {
		return
	}
	said := recognize(c.talk.First)
	if said.Protocol != "" && (said.Protocol != platform.HTTP || c.talk.HTTP == nil) {
		c.talk.Spoken = &said
	}
}
