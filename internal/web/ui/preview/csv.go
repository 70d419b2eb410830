package preview

import (
	"bufio"
	"bytes"
	"io"
)

// csv reads a table whose first line has its columns. Which character stands
// between values shows that line.
func (r *reader) csv(in io.Reader) error {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if bom, _ := buffered.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(3) // they were peeked at
	}
	head, _ := buffered.Peek(4 << 10)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	rows := csvRows{in: buffered, comma: ','}
	for _, sep := range []byte(",;\t|") {
		if bytes.Count(line, []byte{sep}) > bytes.Count(line, []byte{rows.comma}) {
			rows.comma = sep
		}
	}
	columns, err := rows.read()
	if err != nil {
		return ended(err)
	}
	r.columns = texts(r.few(columns))
	r.take(r.columns, nil)
	for {
		row, err := rows.read()
		if err != nil {
			return ended(err)
		}
		if !r.take(r.columns, r.few(row)) {
			return nil
		}
	}
}

// csvRows reads the rows of a table. It is as lenient about quotes as encoding/csv
// can be, but keeps what that forgets: whether an empty value stood in quotes, as an
// empty text does and null doesn't, and \r\n within quotes.
type csvRows struct {
	in    *bufio.Reader
	comma byte
	long  []byte // a line that the buffer doesn't hold, or that has no end
	cut   bool   // the last line has none
	text  []byte // of all values of a row
	ends  []csvEnd
	cells []Cell
}

// csvEnd is where a value ends in the text of its row.
type csvEnd struct {
	at  int
	has bool
}

// read gives the next row, which is the caller's until it asks for another.
func (c *csvRows) read() ([]Cell, error) {
	line, err := c.line()
	for err == nil && (line[0] == '\n' || string(line) == "\r\n") { // an empty line is no row
		line, err = c.line()
	}
	if err != nil {
		return nil, err
	}
	c.text, c.ends = c.text[:0], c.ends[:0]
	for more := true; more; {
		if line[0] == '"' {
			line, more, err = c.quoted(line[1:])
		} else {
			line, more = c.plain(line)
		}
		if err != nil {
			return nil, err
		}
	}
	whole, from := string(c.text), 0
	c.cells = c.cells[:0]
	for _, end := range c.ends {
		c.cells = append(c.cells, Cell{Text: whole[from:end.at], Has: end.has})
		from = end.at
	}
	return c.cells, nil
}

// line reads a line with its end; the last one gets one if it has none.
func (c *csvRows) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull { //nolint:errorlint // bufio gives it as it is
		c.long = append(c.long[:0], line...)
		for err == bufio.ErrBufferFull { //nolint:errorlint // as above
			line, err = c.in.ReadSlice('\n')
			c.long = append(c.long, line...)
		}
		line = c.long
	}
	if err == io.EOF && len(line) > 0 {
		c.cut = true
		c.long = append(append(c.long[:0], line...), '\n')
		return c.long, nil
	}
	return line, err
}

// plain reads a value without quotes around it, and reports whether another follows.
func (c *csvRows) plain(line []byte) (rest []byte, more bool) {
	end := bytes.IndexByte(line, c.comma)
	if more = end >= 0; !more {
		end = len(bytes.TrimSuffix(line[:len(line)-1], []byte("\r")))
	}
	c.text = append(c.text, line[:end]...)
	c.ends = append(c.ends, csvEnd{len(c.text), end > 0})
	if !more {
		return nil, false
	}
	return line[end+1:], true
}

// quoted reads a value behind its first quote, over several lines where it has them.
func (c *csvRows) quoted(line []byte) (rest []byte, more bool, err error) {
	from := len(c.text)
	defer func() { c.ends = append(c.ends, csvEnd{len(c.text), true}) }()
	for {
		quote := bytes.IndexByte(line, '"')
		if quote < 0 {
			c.text = append(c.text, line...)
			if line, err = c.line(); err == io.EOF { //nolint:errorlint // line gives it as it is
				if c.cut {
					c.text = append(c.text[:from], bytes.TrimSuffix(c.text[from:len(c.text)-1], []byte("\r"))...)
				}
				return nil, false, nil // the quote is missing: what is there counts
			}
			if err != nil {
				return nil, false, err
			}
			continue
		}
		c.text = append(c.text, line[:quote]...)
		switch line = line[quote+1:]; {
		case line[0] == '"':
			c.text, line = append(c.text, '"'), line[1:]
		case line[0] == c.comma:
			return line[1:], true, nil
		case line[0] == '\n', len(line) == len("\r\n") && line[0] == '\r':
			return nil, false, nil
		default:
			c.text = append(c.text, '"') // one that should have been doubled
		}
	}
}
