package diff

import (
	"bytes"
	"slices"
	"speckle-runner/internal/output/record"
)

// appendPlain writes a JSON value so that two that mean the same are the same
// bytes: keys in one order, escapes undone, numbers with their digits. It is no JSON,
// and for hashing only.
func appendPlain(to []byte, s *record.Scanner, scratch *[]byte) ([]byte, error) {
	switch s.Peek() {
	case '{':
		return appendPlainObject(to, s, scratch)
	case '[':
		return appendPlainList(to, s, scratch)
	case '"':
		raw, err := s.Quoted()
		if err != nil {
			return nil, err
		}
		return appendBytes(append(to, '"'), record.Unquote(scratch, raw)), nil
	default:
		raw, err := s.Value()
		return appendBytes(append(to, '1'), raw), err
	}
}

func appendPlainList(to []byte, s *record.Scanner, scratch *[]byte) ([]byte, error) {
	s.At++
	to = append(to, '[')
	for first := true; !s.Take(']'); first = false {
		if !first && !s.Take(',') {
			return nil, record.ErrNotJSON
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

func appendPlainObject(to []byte, s *record.Scanner, scratch *[]byte) ([]byte, error) {
	s.At++
	to = append(to, '{')
	begin := len(to)
	var few [16]plainMember
	members := few[:0]
	for {
		raw, err := s.Member(len(members) == 0)
		if err != nil {
			return nil, err
		}
		if raw == nil {
			return append(sortedMembers(to, begin, members), '}'), nil
		}
		from := len(to)
		to = appendBytes(to, record.Unquote(scratch, raw))
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
