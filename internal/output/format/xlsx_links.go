package format

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"speckle-runner/internal/output/record"
	"strconv"
	"strings"
)

// maxTarget is the longest address that Excel opens.
const maxTarget = 2079

// linkPlace is a cell with a link. Where it leads isn't kept: the record is
// read again, so that memory stays flat.
type linkPlace struct {
	row    int32 // on its sheet, from 1
	column int32
}

// linkID names the nth link of a sheet, from 0; the table is before them.
func linkID(n int) string { return "rId" + strconv.Itoa(n+2) }

// link writes a cell that is an address as a link, and reports whether it did.
func (x *sheet) link(i int, text []byte) bool {
	if !mayLink(text) {
		return false
	}
	if len(x.links) == x.limits.links {
		x.plain++
		return false
	}
	if _, ok := linkTarget(text); !ok {
		return false
	}
	x.links = append(x.links, linkPlace{row: int32(x.row), column: int32(i)}) //nolint:gosec // both have their limits
	x.text(i, xlsxLink, text)
	return true
}

// linkSchemes are what a link may lead to: nothing that runs, no file.
var linkSchemes = [][]byte{[]byte("https://"), []byte("http://"), []byte("mailto:")}

// mayLink looks at how a text begins and how long it is.
func mayLink(text []byte) bool {
	if len(text) > maxTarget {
		return false
	}
	for _, scheme := range linkSchemes {
		if len(text) > len(scheme) && bytes.EqualFold(text[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}

// linkTarget gives an address as a relation may have it: ASCII, and without
// what Excel's own reader of addresses refuses. It repairs a file for one.
func linkTarget(text []byte) (string, bool) {
	at, err := url.Parse(string(text))
	if err != nil || !leads(at) {
		return "", false
	}
	end := len("mailto:")
	if at.Scheme != "mailto" {
		end = bytes.Index(text, []byte("://")) + len("://")
		if n := bytes.IndexAny(text[end:], "/?#"); n >= 0 {
			end += n
		} else {
			end = len(text)
		}
	}
	to, ok := appendAddress(append([]byte(nil), text[:end]...), text[end:])
	return string(to), ok && len(to) <= maxTarget
}

// leads reports whether an address has a host that can be one, or a mailbox.
func leads(at *url.URL) bool {
	if at.Scheme == "mailto" {
		name, host, ok := strings.Cut(at.Opaque, "@")
		return ok && name != "" && host != ""
	}
	if port := at.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	name := at.Hostname()
	for _, c := range []byte(name) {
		if !isHost(c) {
			return false
		}
	}
	return name != "" && at.User == nil && !strings.Contains(name, "..") && !strings.HasPrefix(name, ".")
}

func isHost(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '.' || c == '_' || c == ':'
}

// appendAddress writes what comes behind the host, with everything as %XX that
// an address can't have; one that is there already stays. A space ends the
// matter: it is a sentence that begins with an address.
func appendAddress(to, text []byte) ([]byte, bool) {
	const hex = "0123456789ABCDEF"
	fragments := 0
	for i, c := range text {
		switch {
		case c <= ' ' || c == 0x7f:
			return to, false
		case c == '#':
			fragments++
		}
		switch {
		case c == '%' && !isEscape(text[i:]),
			c == '#' && fragments > 1, c >= 0x80, strings.IndexByte("\"<>[\\]^`{|}", c) >= 0:
			to = append(to, '%', hex[c>>4], hex[c&15])
		default:
			to = append(to, c)
		}
	}
	return to, true
}

// isEscape reports whether text, which begins with %, begins with %XX.
func isEscape(text []byte) bool { return len(text) > 2 && isHex(text[1]) && isHex(text[2]) }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// relations writes each sheet's: to its table, and to where its links lead.
func (b *workbook) relations(ctx context.Context, r record.Records) error {
	left := 0
	for n, s := range b.sheets {
		left += len(b.links[n])
		if s.table() && len(b.links[n]) == 0 {
			if err := b.add(s.relations(), relationsHead+s.tableRelation()+relationsEnd); err != nil {
				return err
			}
		}
	}
	if left == 0 {
		return nil
	}
	w := &linkWriter{book: b, left: left, sheet: -1}
	if err := record.EachRecord(ctx, r, w.record); !errors.Is(err, errLastLink) {
		return err
	}
	return nil
}

func (s sheetPlan) relations() string {
	return "xl/worksheets/_rels/sheet" + strconv.Itoa(s.number) + ".xml.rels"
}

func (s sheetPlan) tableRelation() string {
	return relation(tableID, "table", "../tables/table"+strconv.Itoa(s.number)+".xml")
}

// errLastLink ends the reading of records.
var errLastLink = errors.New("no more links")

// linkWriter goes over the records again, up to the last that has a link.
type linkWriter struct {
	book  *workbook
	out   io.Writer
	sheet int // whose relations are open
	next  int // of its links
	seen  int // records
	left  int // links of all sheets
}

func (w *linkWriter) record(s *record.Scanner) error {
	perSheet := w.book.sheet.limits.rows - 1
	sheet, row := w.seen/perSheet, w.seen%perSheet+2
	w.seen++
	if sheet != w.sheet {
		if err := w.open(sheet); err != nil {
			return err
		}
	}
	links := w.book.links[sheet]
	if w.next == len(links) || int(links[w.next].row) != row {
		_, err := s.Value()
		return err
	}
	rows := w.book.sheet.rows
	if err := rows.Read(s); err != nil {
		return err
	}
	for ; w.next < len(links) && int(links[w.next].row) == row; w.next++ {
		_, text := rows.Cell(int(links[w.next].column))
		if err := w.link(w.next, text); err != nil {
			return err
		}
	}
	return w.close(w.next == len(links))
}

func (w *linkWriter) open(sheet int) (err error) {
	w.sheet, w.next = sheet, 0
	if len(w.book.links[sheet]) == 0 {
		return nil
	}
	s := w.book.sheets[sheet]
	if w.out, err = w.book.archive.Create(s.relations()); err != nil {
		return err
	}
	_, err = io.WriteString(w.out, relationsHead+s.tableRelation())
	return err
}

func (w *linkWriter) link(n int, text []byte) error {
	target, _ := linkTarget(text)
	w.left--
	_, err := io.WriteString(w.out, `<Relationship Id="`+linkID(n)+`" Type="`+xmlRelations+`/hyperlink" Target="`+
		strings.ReplaceAll(target, "&", "&amp;")+`" TargetMode="External"/>`)
	return err
}

func (w *linkWriter) close(last bool) error {
	if !last {
		return nil
	}
	if _, err := io.WriteString(w.out, relationsEnd); err != nil {
		return err
	}
	if w.left == 0 {
		return errLastLink
	}
	return nil
}
