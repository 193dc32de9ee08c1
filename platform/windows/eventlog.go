package windows

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"faultline/platform"
)

const (
	logWindow = 15 * time.Minute
	maxLogged = 200      // entries that are kept, the latest
	maxEvent  = 64 << 10 // bytes of one event
	maxFields = 64       // of one event
)

// Channels of the event log.
const (
	channelSystem  = "System"
	channelDHCP    = "Microsoft-Windows-Dhcp-Client/Admin"
	channelWLAN    = "Microsoft-Windows-WLAN-AutoConfig/Operational"
	channelWired   = "Microsoft-Windows-Wired-AutoConfig/Operational"
	channelProfile = "Microsoft-Windows-NetworkProfile/Operational"
)

// Providers of events.
const (
	byDHCP    = "Microsoft-Windows-Dhcp-Client"
	byWLAN    = "Microsoft-Windows-WLAN-AutoConfig"
	byWired   = "Microsoft-Windows-Wired-AutoConfig"
	byTCPIP   = "Tcpip"
	byNDIS    = "Microsoft-Windows-NDIS"
	byProfile = "Microsoft-Windows-NetworkProfile"
	byPower   = "Microsoft-Windows-Kernel-Power"
)

// eventRule is what one event means. Where its fields decide, topic is "" and of
// tells.
type eventRule struct {
	channel, provider string
	id                int
	topic             platform.LogTopic
	of                func(event) platform.LogTopic
}

// eventRules are the events that are understood, by their numbers: texts are in
// the language of the system. Numbers and names of fields are those of the
// manifests of Windows 10 and 11 (github.com/jdu2600/Windows10EtwEvents; those of
// Dhcp-Client: repnz/etw-providers-docs, build 17134), of Microsoft's pages of
// events (Dhcp-Client 1002, WLAN 8002 and 11006, Wired 15514) and, for Tcpip, of
// netevent.h. They were never seen on a machine of ours, so that no verdict rests
// on them alone (docs/WINDOWS-CHECKLIST.md).
var eventRules = []eventRule{
	{channel: channelDHCP, provider: byDHCP, id: 1001, of: leaseMissing},
	{channel: channelDHCP, provider: byDHCP, id: 1002, topic: platform.LogDHCPRefused},
	{channel: channelDHCP, provider: byDHCP, id: 1003, of: leaseMissing},
	{channel: channelSystem, provider: byDHCP, id: 1001, of: leaseMissing},
	{channel: channelSystem, provider: byDHCP, id: 1002, topic: platform.LogDHCPRefused},
	{channel: channelSystem, provider: byDHCP, id: 1003, of: leaseMissing},
	{channel: channelWLAN, provider: byWLAN, id: 8002, of: joinFailed},
	{channel: channelWLAN, provider: byWLAN, id: 11006, of: joinFailed},
	{channel: channelWLAN, provider: byWLAN, id: 12013, topic: platform.LogEAP},
	{channel: channelWired, provider: byWired, id: 15514, topic: platform.LogEAP},
	{channel: channelSystem, provider: byTCPIP, id: 4199, topic: platform.LogDuplicate},
	{channel: channelSystem, provider: byTCPIP, id: 4227, topic: platform.LogPortsSpent},
	{channel: channelSystem, provider: byTCPIP, id: 4231, topic: platform.LogPortsSpent},
	{channel: channelSystem, provider: byNDIS, id: 10400, topic: platform.LogLinkReset},
	{channel: channelSystem, provider: byPower, id: 42, topic: platform.LogSleep},
	{channel: channelSystem, provider: byPower, id: 107, topic: platform.LogResume},
	{channel: channelProfile, provider: byProfile, id: 10000, topic: platform.LogJoined},
	{channel: channelProfile, provider: byProfile, id: 10001, topic: platform.LogLeft},
}

// semTimeout is how the DHCP client says that nobody answered
// (ERROR_SEM_TIMEOUT of winerror.h).
const semTimeout = 121

// leaseMissing: the client of DHCP got no lease. Only silence is understood; it
// may also have been stopped, or lost its signal.
func leaseMissing(e event) platform.LogTopic {
	if n, ok := e.number("StatusCode"); ok && n == semTimeout {
		return platform.LogDHCPSilent
	}
	return ""
}

// Reasons of wlanapi.h (WLAN_REASON_CODE) and their groups of l2cmn.h; the
// reasons of security begin at 0x48000. What else can go wrong, such as a
// network that is not there, is no refusal.
const (
	reasonWrongKey   = 0x48014 // MSMSEC_PSK_MISMATCH_SUSPECTED
	firstOneXReason  = 0x50000 // L2_REASON_CODE_ONEX_BASE
	lastOneXReason   = 0x5FFFF
	reasonAuthStart  = 0x48002 // MSMSEC_AUTH_START_TIMEOUT
	reasonKeySuccess = 0x48005 // MSMSEC_KEY_SUCCESS_TIMEOUT
)

// joinFailed: an access point was asked, and the adapter is not joined.
func joinFailed(e event) platform.LogTopic {
	n, ok := e.number("ReasonCode")
	if !ok {
		n, ok = e.number("ErrorCode")
	}
	switch {
	case !ok:
		return ""
	case n == reasonWrongKey:
		return platform.LogWrongKey
	case n >= firstOneXReason && n <= lastOneXReason:
		return platform.LogEAP
	case n >= reasonAuthStart && n <= reasonKeySuccess:
		return platform.LogSignIn
	}
	return ""
}

// event is one entry of the event log.
type event struct {
	Provider string
	ID       int
	At       time.Time
	Fields   map[string]string // by their names, which no language changes
}

// number reads a field that holds a number, in either notation.
func (e event) number(name string) (uint64, bool) {
	n, err := strconv.ParseUint(e.Fields[name], 0, 32)
	return n, err == nil
}

// decodeEvent reads one event as EvtRender writes it (the Event schema,
// learn.microsoft.com, win32/wes/eventschema-schema).
func decodeEvent(text string) (e event, ok bool) {
	var raw struct {
		Provider struct {
			Name string `xml:"Name,attr"`
		} `xml:"System>Provider"`
		ID      int `xml:"System>EventID"`
		Created struct {
			At string `xml:"SystemTime,attr"`
		} `xml:"System>TimeCreated"`
		Fields []struct {
			Name  string `xml:"Name,attr"`
			Value string `xml:",chardata"`
		} `xml:"EventData>Data"`
	}
	if len(text) > maxEvent || xml.Unmarshal([]byte(text), &raw) != nil {
		return e, false
	}
	at, err := time.Parse(time.RFC3339Nano, raw.Created.At)
	if err != nil || raw.Provider.Name == "" {
		return e, false
	}
	e = event{Provider: raw.Provider.Name, ID: raw.ID, At: at.UTC(), Fields: make(map[string]string)}
	for _, f := range raw.Fields[:min(len(raw.Fields), maxFields)] {
		e.Fields[f.Name] = strings.TrimSpace(f.Value)
	}
	return e, true
}

// topic is what an event is about; "" where it is not understood.
func (e event) topic() platform.LogTopic {
	for _, r := range eventRules {
		if r.provider != e.Provider || r.id != e.ID {
			continue
		}
		if r.of != nil {
			return r.of(e)
		}
		return r.topic
	}
	return ""
}

// guidFields are the fields in which providers name an adapter.
var guidFields = []string{"InterfaceGuid", "DeviceGuid", "IntfGuid", "IfGuid"}

// adapter names the adapter that an event is about, by its GUID or its hardware
// address; "" where the event names none. It is not here where the event names
// one that is gone.
func (e event) adapter(byGUID, byMAC func(string) string) (name string, here bool) {
	for _, f := range guidFields {
		if guid := e.Fields[f]; guid != "" {
			name = byGUID(guid)
			return name, name != ""
		}
	}
	if mac := e.Fields["HWAddress"]; mac != "" {
		name = byMAC(strings.ToUpper(mac))
		return name, name != ""
	}
	return "", true
}

// understood turns events, newest first as they are read, into entries, oldest
// first. One that two channels hold counts once.
func understood(all []event, since time.Time, byGUID, byMAC func(string) string) (entries []platform.LogEntry) {
	for _, e := range all {
		topic := e.topic()
		if topic == "" || e.At.Before(since) || len(entries) == maxLogged {
			continue
		}
		adapter, here := e.adapter(byGUID, byMAC)
		entry := platform.LogEntry{At: e.At, Topic: topic, Link: adapter, By: e.Provider}
		if here && !slices.Contains(entries, entry) {
			entries = append(entries, entry)
		}
	}
	slices.SortStableFunc(entries, func(a, b platform.LogEntry) int { return a.At.Compare(b.At) })
	return entries
}

// eventQuery is the query for the events that are understood, of the last
// minutes (learn.microsoft.com, win32/wes/queryschema-schema).
func eventQuery() string {
	chosen := make(map[string][]string)
	var channels []string
	for _, r := range eventRules {
		if chosen[r.channel] == nil {
			channels = append(channels, r.channel)
		}
		chosen[r.channel] = append(chosen[r.channel], fmt.Sprintf("(Provider[@Name='%s'] and EventID=%d)", r.provider, r.id))
	}
	var b strings.Builder
	b.WriteString(`<QueryList><Query Id="0">`)
	for _, c := range channels {
		fmt.Fprintf(&b, `<Select Path="%s">*[System[(%s) and TimeCreated[timediff(@SystemTime) &lt;= %d]]]</Select>`,
			c, strings.Join(chosen[c], " or "), logWindow.Milliseconds())
	}
	b.WriteString(`</Query></QueryList>`)
	return b.String()
}
