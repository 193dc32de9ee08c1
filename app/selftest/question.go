package selftest

import "slices"

// Question is one thing that only a real machine can tell.
type Question struct {
	ID string `json:"id"`
	// State is answered, where every step that it rests on told something;
	// unanswered; or later, where this version asks nothing about it.
	State string   `json:"state"`
	Steps []string `json:"steps,omitempty"` // by their IDs
}

// The states of a Question that are no state of a step.
const (
	Unanswered = "unanswered"
	Later      = "later" // it takes an administrator, and mechanisms that are still to come
)

// asked are the questions, and the steps that they rest on.
var asked = []struct {
	id    string
	steps []string
}{
	{"firewall-drops", nil},
	{"reset-reasons", nil},
	{"firewall-override", nil},
	{"capture-adapters", nil},
	{"firewall-stores", nil},
	{"gateway-without-rights", []string{"gateway"}},
	{"socket-owners", []string{"listeners"}},
	{"wireless-details", []string{"wireless"}},
	{"refused-after", []string{"refused", "refused-twice"}},
	{"silent-after", []string{"silent"}},
	{"path-sizes", []string{"full-size", "too-large"}},
	{"event-fields", []string{"logs"}},
	{"proxy-search", []string{"proxies"}},
	{"connectivity", []string{"settings"}},
	{"other-administrator", []string{"system", "proxies"}},
}

// questions tells of each question whether it was answered.
func (r *run) questions() []Question {
	var all []Question
	for _, q := range asked {
		state := Answered
		if len(q.steps) == 0 {
			state = Later
		}
		for _, id := range q.steps {
			if !slices.ContainsFunc(r.steps, func(s Step) bool { return s.ID == id && s.tells() }) {
				state = Unanswered
			}
		}
		all = append(all, Question{q.id, state, q.steps})
	}
	return all
}

// tells reports whether a step says anything: of no adapter nothing is said.
func (s Step) tells() bool {
	list, isList := s.Answer.([]any)
	return s.State == Answered && (!isList || len(list) > 0)
}
