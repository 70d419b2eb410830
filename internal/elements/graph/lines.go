package graph

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"speckle-runner/internal/said"
)

// maxLine bounds one object: Speckle takes none above 100 MB.
const maxLine = 128 << 20

// lines reads objects, and knows where each of them is.
type lines struct {
	in     *bufio.Reader
	text   []byte // reused
	number int64
	offset int64 // of the line's JSON
	after  int64 // of the next line
}

func newLines(in io.Reader) *lines { return &lines{in: bufio.NewReaderSize(in, 256<<10)} }

// next gives an object's id and JSON, valid until the next call.
func (l *lines) next() (id, object []byte, err error) {
	l.text = l.text[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		l.text = append(l.text, part...)
		if err == nil {
			break
		}
		if err == io.EOF && len(l.text) == 0 {
			return nil, nil, io.EOF
		}
		if err == io.EOF {
			l.number++
			return nil, nil, l.wrong("it is cut off")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, nil, &Error{File: "objects", What: "it can't be read", Err: err}
		}
		if len(l.text) > maxLine {
			l.number++
			return nil, nil, l.wrong(fmt.Sprintf("it is longer than %d bytes", maxLine))
		}
	}
	l.number++
	id, object, found := bytes.Cut(l.text[:len(l.text)-1], []byte{'\t'})
	if !found || len(id) == 0 {
		return nil, nil, l.wrong("it has no id and tab before its object")
	}
	l.offset = l.after + int64(len(id)) + 1
	l.after += int64(len(l.text))
	return id, object, nil
}

func (l *lines) wrong(what string) error {
	return &Error{File: "objects", Line: l.number, What: what}
}

// shown quotes an id, which may be anything in a broken file.
func shown(id []byte) string { return said.Line(string(id[:min(len(id), 200)]), 64) }
