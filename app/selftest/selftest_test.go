package selftest

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

// A host of which each answer is secret.
type secretive struct{}

var home = netip.MustParseAddr("203.0.113.77")

func (secretive) Describe(context.Context, platform.Reading) (platform.SystemFacts, error) {
	return platform.SystemFacts{OS: "windows", User: `CONTOSO\alice`}, nil
}

func (secretive) Mechanisms(context.Context, platform.Reading) ([]platform.Mechanism, error) {
	return []platform.Mechanism{{Method: "links.all", Via: "GetIfTable2", State: platform.MechanismWorks}}, nil
}

type secretRoutes struct{ platform.Routes }

func (secretRoutes) All(context.Context, platform.Reading) ([]platform.Route, error) {
	return []platform.Route{
		{Dst: netip.MustParsePrefix("::/0"), Gateway: netip.MustParseAddr("fe80::7"), Link: 7, LinkName: "Büro"},
		{Dst: netip.MustParsePrefix("0.0.0.0/0"), Gateway: home, Link: 7, LinkName: "Büro"},
	}, nil
}

type secretNeighbors struct {
	platform.Neighbors
	asked *[]platform.NeighborAsk
}

func (n secretNeighbors) Resolve(_ context.Context, q platform.NeighborAsk) (platform.Neighbor, error) {
	*n.asked = append(*n.asked, q)
	return platform.Neighbor{Addr: q.Addr, MAC: "AA:BB:CC:DD:EE:FF"}, &platform.Problem{Code: platform.Other, Text: "alice at 203.0.113.77 on Büro"}
}

func tried(t *testing.T, h platform.Host) (Report, []Step) {
	t.Helper()
	clock := time.Unix(0, 0)
	var told []Step
	r, err := Run(t.Context(), "faultline test", h, func() time.Time { clock = clock.Add(time.Second); return clock }, func(s Step) { told = append(told, s) })
	if err != nil {
		t.Fatal(err)
	}
	return r, told
}

func TestNothingIsHere(t *testing.T) {
	r, told := tried(t, platform.Unsupported())
	if len(told) != len(r.Steps) || len(told) == 0 {
		t.Errorf("got %d steps told want %d", len(told), len(r.Steps))
	}
	var ids []string
	for _, s := range r.Steps {
		if s.State != Missing && s.State != Skipped {
			t.Errorf("%s: got %s want missing or skipped", s.ID, s.State)
		}
		ids = append(ids, s.ID)
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != len(r.Steps) {
		t.Errorf("got an id twice in %v", ids)
	}
	for _, q := range r.Questions {
		if q.State == Answered {
			t.Errorf("%s: got answered, and nothing was", q.ID)
		}
	}
}

func TestSecretsAreKept(t *testing.T) {
	var asked []platform.NeighborAsk
	h := platform.Unsupported()
	h.System, h.Routes, h.Neighbors = secretive{}, secretRoutes{h.Routes}, secretNeighbors{h.Neighbors, &asked}
	r, _ := tried(t, h)
	if len(asked) != 1 || asked[0].Addr != home || asked[0].Link != 7 {
		t.Errorf("got %+v asked want the gateway of IPv4", asked)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"CONTOSO", "Büro", "203.0.113.77", "AA:BB", "fe80::7"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("got %s in %s", secret, b)
		}
	}
	for _, kept := range []string{`"GetIfTable2"`, "0.0.0.0/0"} {
		if !strings.Contains(string(b), kept) {
			t.Errorf("got no %s in %s", kept, b)
		}
	}
}

type noRadio struct{ platform.Links }

func (noRadio) Wireless(context.Context, platform.Reading) ([]platform.Wireless, error) {
	return nil, nil
}

// A machine without Wi-Fi says nothing of what Wi-Fi tells.
func TestEmptyAnswerTellsNothing(t *testing.T) {
	h := platform.Unsupported()
	h.Links = noRadio{h.Links}
	r, _ := tried(t, h)
	i := slices.IndexFunc(r.Questions, func(q Question) bool { return q.ID == "wireless-details" })
	if got := r.Questions[i].State; got != Unanswered {
		t.Errorf("got %s want %s", got, Unanswered)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, "faultline test", platform.Unsupported(), time.Now, func(Step) {}); err == nil {
		t.Error("got a report want none")
	}
}

// Every step that a question rests on must be one.
func TestQuestionsRestOnSteps(t *testing.T) {
	h := platform.Unsupported()
	var asked []platform.NeighborAsk
	h.Routes, h.Neighbors = secretRoutes{h.Routes}, secretNeighbors{h.Neighbors, &asked}
	r, _ := tried(t, h)
	for _, q := range r.Questions {
		for _, id := range q.Steps {
			if !slices.ContainsFunc(r.Steps, func(s Step) bool { return s.ID == id }) {
				t.Errorf("%s: got no step %s", q.ID, id)
			}
		}
	}
}

type oddClock struct{}

func (oddClock) Now(context.Context, platform.Reading) (platform.ClockFacts, error) {
	panic("odd answer")
}

// TestOnePanicCostsOneStep: the file is written all the same.
func TestOnePanicCostsOneStep(t *testing.T) {
	h := platform.Unsupported()
	h.Clock = oddClock{}
	whole, _ := tried(t, platform.Unsupported())
	r, _ := tried(t, h)
	i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.ID == "clock" })
	if len(r.Steps) != len(whole.Steps) || i < 0 || r.Steps[i].State != Failed {
		t.Errorf("got %d steps, the clock's %+v; want %d, and that it failed", len(r.Steps), r.Steps[max(i, 0)], len(whole.Steps))
	}
}
