//go:build cgo || !darwin

package gui

// What each control is called, for tests that click it.

func (b *button) name() string    { return b.label.Text }
func (t *toggle) name() string    { return t.label.Text }
func (s *segment) name() string   { return s.label.Text }
func (f *fold) name() string      { return f.head.Text }
func (r *railRow) name() string   { return r.label.Text }
func (o *option) name() string    { return o.head.Text }
func (f *field) name() string     { return "field" }
func (v *nodeView) name() string  { return "node " + v.label.Text }
func (l *eventList) name() string { return "events" }
func (d *diagram) name() string   { return "diagram" }
func (r *recentRow) name() string { return "recent" }

func (c *control) ringShown() bool { return c.ring.Visible() }
