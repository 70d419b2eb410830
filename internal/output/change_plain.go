package output

import (
	"bytes"
	"slices"
)

// appendPlain writes a JSON value so that two that mean the same are the same
// bytes: keys in one order, escapes undone, numbers with their digits. It is no JSON,
// and for hashing only.
func appendPlain(to []byte, s *scanner, scratch *[]byte) ([]byte, error) {
	switch s.peek() {
	case '{':
		return appendPlainObject(to, s, scratch)
	case '[':
		return appendPlainList(to, s, scratch)
	case '"':
		raw, err := s.quoted()
		if err != nil {
			return nil, err
		}
		return appendBytes(append(to, '"'), unquote(scratch, raw)), nil
	default:
		raw, err := s.value()
		return appendBytes(append(to, '1'), raw), err
	}
}

func appendPlainList(to []byte, s *scanner, scratch *[]byte) ([]byte, error) {
	s.at++
	to = append(to, '[')
	for first := true; !s.take(']'); first = false {
		if !first && !s.take(',') {
			return nil, errNotJSON
		}
		var err error
		if to, err = appendPlain(to, s, scratch); err != nil {
			return nil, err
		}
	}
	return append(to, ']'), nil
}

// plainMember is where one member of an object lies.
type plainMember struct{ from, to int }

func appendPlainObject(to []byte, s *scanner, scratch *[]byte) ([]byte, error) {
	s.at++
	to = append(to, '{')
	begin := len(to)
	var few [16]plainMember
	members := few[:0]
	for {
		raw, err := s.member(len(members) == 0)
		if err != nil {
			return nil, err
		}
		if raw == nil {
			return append(sortedMembers(to, begin, members), '}'), nil
		}
		from := len(to)
		to = appendBytes(to, unquote(scratch, raw))
		if to, err = appendPlain(to, s, scratch); err != nil {
			return nil, err
		}
		members = append(members, plainMember{from, len(to)})
	}
}

// sortedMembers sorts the members that end a text. They begin with their
// names; any order will do, as long as it is always the same.
func sortedMembers(text []byte, begin int, members []plainMember) []byte {
	byText := func(a, b plainMember) int { return bytes.Compare(text[a.from:a.to], text[b.from:b.to]) }
	if slices.IsSortedFunc(members, byText) {
		return text
	}
	slices.SortFunc(members, byText)
	whole := slices.Clone(text[begin:])
	sorted := text[:begin]
	for _, m := range members {
		sorted = append(sorted, whole[m.from-begin:m.to-begin]...)
	}
	return sorted
}
