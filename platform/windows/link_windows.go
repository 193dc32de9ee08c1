package windows

import (
	"context"
	"fmt"
	"time"

	"faultline/platform"
)

// links serves the methods that the Windows of this program has a way for; the
// rest stays as it was.
type links struct{}

// All joins what NDIS tells of the adapters with what IP does. One that is
// disabled is in the first table alone.
func (links) All(ctx context.Context, _ platform.Reading) ([]platform.Link, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	joined, on, err := readLinks(readAdapters)
	all := make([]platform.Link, 0, len(joined))
	for _, b := range joined {
		all = append(all, b.link(mtuOf(on, b.index)))
	}
	join(all, joined)
	return all, err
}

// Counters reads what NDIS counted.
func (links) Counters(ctx context.Context, _ platform.Reading) ([]platform.LinkCounters, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	joined, _, err := readLinks(knownAdapters)
	at := time.Now()
	all := make([]platform.LinkCounters, 0, len(joined))
	for _, b := range joined {
		all = append(all, b.counters(at))
	}
	return all, err
}

func readLinks(list func() ([]adapter, error)) ([]both, map[onIP]ipInterface, error) {
	all, err := list()
	if err != nil {
		return nil, nil, fmt.Errorf("listing adapters: %w", err)
	}
	table, err := readIfTable()
	if err != nil {
		return nil, nil, fmt.Errorf("listing interfaces: %w", err)
	}
	return joinAdapters(table, all), readIPInterfaces(all), nil
}

// linkRows are the mechanisms of Links.
func linkRows() []platform.Mechanism {
	const via = "GetAdaptersAddresses, GetIfTable2Ex"
	return []platform.Mechanism{
		tried("links.all", via+", GetIpInterfaceTable", absent(procGetIfTable2Ex)),
		tried("links.counters", via, absent(procGetIfTable2Ex)),
	}
}

// tried is the row of a mechanism whose calls run under Wine, missing where err
// says so.
func tried(method, via string, err error) platform.Mechanism {
	m := platform.Mechanism{Method: method, Via: via, State: platform.MechanismWorks, Tried: platform.TriedWine}
	if err != nil {
		m.State, m.Needs = platform.MechanismMissing, platform.AsProblem(err).Text
	}
	return m
}
