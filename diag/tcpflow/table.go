package tcpflow

import "slices"

// A table finds a flow by the hash of its endpoints: open addressing, linear
// probing, eight bytes a slot. It grows at two thirds without touching the
// flows, as the tag is also where the probing begins.
type table struct {
	slots []slot
	used  int
}

// A slot is a tag and the index of a flow plus one; 0 is empty.
type slot struct{ tag, flow uint32 }

func newTable() table { return table{slots: make([]slot, 1<<10)} }

// start returns where the probing for a tag begins.
func (t *table) start(tag uint32) uint32 { return tag & uint32(len(t.slots)-1) }

// like returns the flow plus one of the first slot with a tag, 0 for none.
func (t *table) like(tag uint32) uint32 {
	mask := uint32(len(t.slots) - 1)
	for i := t.start(tag); ; i = (i + 1) & mask {
		if s := t.slots[i]; s.flow == 0 || s.tag == tag {
			return s.flow
		}
	}
}

// insert adds a flow whose key is not there.
func (t *table) insert(tag, index uint32) {
	if t.used*3 >= len(t.slots)*2 {
		t.grow()
	}
	t.put(slot{tag, index + 1})
	t.used++
}

func (t *table) put(s slot) {
	mask := uint32(len(t.slots) - 1)
	for i := t.start(s.tag); ; i = (i + 1) & mask {
		if t.slots[i].flow == 0 {
			t.slots[i] = s
			return
		}
	}
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.flow != 0 {
			t.put(s)
		}
	}
}

// drop removes the flows of a set. It begins behind an empty slot, so that none
// has to move beyond where it has been, and moves only what lies behind a hole.
func (t *table) drop(gone bitmap) {
	first := slices.IndexFunc(t.slots, func(s slot) bool { return s.flow == 0 })
	mask, holes := len(t.slots)-1, false
	for i := range t.slots {
		at := &t.slots[(first+i)&mask]
		s := *at
		switch {
		case s.flow == 0:
			holes = false
		case gone.has(s.flow - 1):
			*at, holes = slot{}, true
			t.used--
		case holes:
			*at = slot{}
			t.put(s)
		}
	}
}
