package record

import "bytes"

// maxOrder bounds what is remembered of an object whose keys are ids.
const maxOrder = 256

// members knows which member of an object comes behind which: records repeat each
// other's in their order, in a few orders where they are of several kinds.
type members[K any] struct {
	first [2]*member[K] // that objects begin with
	known map[string]*member[K]
}

// member is one as it was seen first: its raw name, and its key, nil when nobody
// wants it.
type member[K any] struct {
	raw   []byte
	key   *K
	after [2]*member[K] // that came behind it, the newest first
}

// next steps to the next value of an object, as Scanner.Member does. It gives the
// member, or the raw name of one that isn't known; neither after the last one.
func (m *members[K]) next(s *Scanner, last *member[K], begins bool) (known *member[K], raw []byte, err error) {
	c := s.Peek()
	if c == '}' {
		s.At++
		return nil, nil, nil
	}
	if !begins {
		if c != ',' {
			return nil, nil, ErrNotJSON
		}
		s.At++
		s.Peek()
	}
	after := m.after(last)
	if a := after[0]; a.standsAt(s) {
		return a, nil, nil
	}
	if a := after[1]; a.standsAt(s) {
		after[0], after[1] = a, after[0]
		return a, nil, nil
	}
	if raw, err = s.memberName(); err != nil {
		return nil, nil, err
	}
	if a := m.known[string(raw)]; a != nil {
		after[0], after[1] = a, after[0]
		return a, nil, nil
	}
	return nil, raw, nil
}

// standsAt steps over the member's name and colon, if they come next.
func (a *member[K]) standsAt(s *Scanner) bool {
	if a == nil {
		return false
	}
	text := s.Text[s.At:]
	if n := len(a.raw); len(text) > n && text[n] == ':' && string(text[:n]) == string(a.raw) {
		s.At += n + 1
		return true
	}
	return false
}

// learn remembers a member; nil: there are too many.
func (m *members[K]) learn(last *member[K], raw []byte, key *K) *member[K] {
	if len(m.known) >= maxOrder {
		return nil
	}
	if m.known == nil {
		m.known = map[string]*member[K]{}
	}
	a := &member[K]{raw: bytes.Clone(raw), key: key}
	m.known[string(raw)] = a
	after := m.after(last)
	after[0], after[1] = a, after[0]
	return a
}

func (m *members[K]) after(last *member[K]) *[2]*member[K] {
	if last == nil {
		return &m.first
	}
	return &last.after
}
