package split

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// unbroken puts U+FFFD where a text has half a surrogate pair, or a byte that
// is no UTF-8, and counts them.
func unbroken(text []byte) (whole []byte, n int) {
	for i := 0; i < len(text); {
		half, err := strconv.ParseUint(string(text[min(i+2, len(text)):min(i+6, len(text))]), 16, 16)
		escape := text[i] == '\\' && i+6 <= len(text) && text[i+1] == 'u' && err == nil && utf16.IsSurrogate(rune(half))
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case escape && pair.Match(text[i:]):
			whole, i = append(whole, text[i:i+12]...), i+12
		case escape:
			whole, i, n = append(whole, `\ufffd`...), i+6, n+1
		case text[i] == '\\' && i+1 < len(text) && text[i+1] < utf8.RuneSelf:
			whole, i = append(whole, text[i:i+2]...), i+2
		default:
			if r == utf8.RuneError && size == 1 {
				n++
			}
			whole, i = utf8.AppendRune(whole, r), i+size
		}
	}
	return whole, n
}

var pair = regexp.MustCompile(`^(?i)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})`)

// byJSONText reads one value as jsontext does, once what is no Unicode is
// mended: the oracle for the scanner.
func byJSONText(text []byte) (value, id []byte, ok bool) {
	text, _ = unbroken(text)
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	v, err := dec.ReadValue()
	if err != nil {
		return nil, nil, false
	}
	v = bytes.Clone(v)
	if _, err := dec.ReadToken(); err != io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return nil, nil, false
	}
	if v.Kind() == '{' {
		inner := jsontext.NewDecoder(bytes.NewReader(v), jsontext.AllowDuplicateNames(true))
		_, _ = inner.ReadToken()
		for inner.PeekKind() != '}' {
			name, _ := inner.ReadValue()
			key := string(name)
			member, _ := inner.ReadValue()
			if key == `"id"` {
				id = bytes.Clone(member)
				if k := member.Kind(); k == '{' || k == '[' {
					id = nil
				}
			}
		}
	}
	if err := v.Compact(jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, nil, false
	}
	return v, id, true
}

// agree holds the stream to the oracle, for several sizes of window and of
// what the reader gives at once.
func agree(t *testing.T, text []byte) {
	t.Helper()
	want, wantID, ok := byJSONText(text)
	text = bytes.Clone(text)
	for _, reader := range []func() io.Reader{
		func() io.Reader { return bytes.NewReader(text) },
		func() io.Reader { return iotest.OneByteReader(bytes.NewReader(text)) },
		func() io.Reader { return iotest.DataErrReader(bytes.NewReader(text)) },
	} {
		for _, window := range []int{1, 7, 4096} {
			// A number needs something behind it to end: inside an answer
			// there always is.
			s := &stream{in: io.MultiReader(reader(), strings.NewReader(" ")), buf: make([]byte, window), largest: 1 << 30}
			got, id, _, err := s.record([]byte(`"id"`))
			got, id = bytes.Clone(got), bytes.Clone(id)
			if err == nil {
				err = s.finish()
			}
			if _, broken := unbroken(text); err == nil && s.broken != broken {
				t.Fatalf("%.200q: %d broken characters, want %d", text, s.broken, broken)
			}
			if (err == nil) != ok {
				t.Fatalf("%.200q: %v, but jsontext takes it: %v", text, err, ok)
			}
			if ok && (!bytes.Equal(got, want) || !bytes.Equal(id, wantID)) {
				t.Fatalf("%.200q:\n got %.200q id %.100q\nwant %.200q id %.100q", text, got, id, want, wantID)
			}
			if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%.200q: %v", text, err)
			}
		}
	}
}

var scanSeeds = []string{
	`{"id":[]}`, `{"id":{}}`, `{"id":[1],"x":2}`, `{"id":{"id":"a"},"id":"b"}`,
	`{}`, `[]`, `""`, `0`, `-0`, `-`, `01`, `1.`, `1.0e+10`, `1e`, `.5`, `1E5`, `12345678901234567890.1234567890`, `true`, `tru`, `nulll`,
	`null`,
	` { "id" : "a" , "x" : [ 1 , { "id" : 2 } , [ ] , { } ] } `, `{"id":1,"id":[2]}`, `{"id":}`, `{"id"}`, `{"a":1,}`, `[1,]`, `[,1]`, `[1 2]`,
	`{"a" "b"}`, `{1:2}`, `[1}`, `{"a":1]`,
	`"\u00e9\ud83c\udfd7\"\\\/\b\f\n\r\t"`, `"\ud83c"`, `"\udfd7"`, `"\ud83cx"`, `"\ud83c\u0041"`, `"\ud83c\ud83c"`, `"\uD83D"`,
	`"\ud83c\uD83C\uDFD7\udfd7"`, `"\\ud83d\ud83d\\"`, `"\ud83c\n"`, `"\ud83c\u00"`, `{"\ud83d":"\ud83d","id":"\ud83d"}`,
	"{ \"id\" : \"\xff\\ud83d\" , \"\xff\":[\"\xe4\xb8\"] }", `"\u12"`, `"\x"`, "\"\x01\"", "\"\xff\"", "\"\xc3\"", "\"\xe4\xb8\"",
	"\"é\u4e2d🏗\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xc0\x80\"",
	`"0123456789abcdef0123456789abcdef" `, `"abcdefg"`, `"abcdefgh"`, `"abcdefghi\n"`, "\"abcdefgh\x7f\"", `"x` + strings.Repeat(`"`, 3),
	`[1,2.5,-3,0,123456789,12345678,1234567.12345678,-0.5,7 ,8]`, `[1,01]`, `[01,1]`, `[1.,2]`, `[-,1]`, `[00.5,1]`, `[1,2,]`, `[1e5,2.5E-3,3]`,
	`[0.1,0.,1]`, `[1,-]`, `[1,2`, `[1,2.`, `[1,-0,0,9]`, `{"a":[1,2]}`, `{"a":1,2}`, `[[1,2],[3,4.5],{"id":1,"x":[2,3]}]`,
	`{"\u0069d":1}`, "\ufeff{}", "\x00", ``, ` `, `{"id":"a"} x`, `[[[[[[[[]]]]]]]]`,
}

func TestScannerAgreesWithJSONText(t *testing.T) {
	t.Parallel()
	for _, text := range scanSeeds {
		agree(t, []byte(text))
	}
	files, _ := filepath.Glob("../testdata/recorded/*.json")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, text)
		for cut := 1; cut < len(text); cut += 9973 {
			agree(t, text[:cut])
		}
	}
	for _, depth := range []int{maxDepth - 1, maxDepth, maxDepth + 1} {
		agree(t, []byte(strings.Repeat("[", depth)+strings.Repeat("]", depth)))
		agree(t, []byte(strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth)))
	}
}

// FuzzScan holds the scanner to jsontext: it takes and refuses the same, and
// gives the same bytes.
func FuzzScan(f *testing.F) {
	for _, text := range scanSeeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { agree(t, text) })
}

// narrow gives a splitter whose windows begin at a size, and which hands on to
// another goroutine whatever it can.
func narrow(text []byte, size int) *Splitter {
	windows := &Windows{free: []window{{buf: make([]byte, size)}}}
	s := New(nil, windows, 1<<30)
	s.in.in, s.queue.least = bytes.NewReader(text), 1
	return s
}

// FuzzSplit cuts answers into records and skeleton: put together again, they
// are the answer.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(`{"data":{"p":{"m":{"totalCount":2,"cursor":"x","items":[{"id":"a"},{"id":"b"}]}}},"errors":[]}`))
	f.Add([]byte(`{"data":null,"errors":[{"message":"x"}]}`))
	f.Add([]byte(` { "data" : { "p" : { "m" : { "items" : [ 1 , null ] , "items" : [ ] } } } } `))
	f.Add([]byte(`{"data":{"p":{"m":{"items":{"a":1}}}}}`))
	f.Add([]byte(`{"data":{"p":{"m":{"items":[{"id":"a"},{"id":`))
	f.Add([]byte(`{"a":1}{"data":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range []Plan{{Path: []string{"data", "p", "m", "items"}, ID: []byte(`"id"`)}, {Path: []string{"data"}, All: true}} {
			var records [][]byte
			s := narrow(text, 16)
			s.Plan, s.Most = p, 1<<30
			s.Take = func(record, _ []byte) error {
				records = append(records, bytes.Clone(record))
				return nil
			}
			err := s.Split()
			want, _, ok := byJSONText(text)
			if err == nil && !ok {
				t.Fatalf("%q is split, but is no JSON", text)
			}
			if err != nil {
				// Refused beyond jsontext: no object, or a key on the path twice.
				if ok && want[0] == '{' && !strings.Contains(err.Error(), "stands there twice") {
					t.Fatalf("%q: %v", text, err)
				}
				continue
			}
			if len(records) != s.Items || s.Items > 0 && !s.Taken {
				t.Fatalf("%q: %d records, %d items", text, len(records), s.Items)
			}
			whole := len(s.Skeleton)
			for i, r := range records {
				whole += len(r)
				if i > 0 && !p.All {
					whole++ // the comma
				}
			}
			if p.All && s.Taken {
				whole -= 2 // {}
			}
			if whole != len(want) {
				t.Fatalf("%q: %d bytes of %d: skeleton %q", text, whole, len(want), s.Skeleton)
			}
		}
	})
}

// BenchmarkScan reads records of some 800 bytes, as element data is.
func BenchmarkScan(b *testing.B) {
	record := `{"id":"03c561782880efa8800b1d1b857cbcb5","data":{"id":"03c561782880efa8800b1d1b857cbcb5","name":"el 1347","level":{"name":"L7","elevation":21},"units":"m","height":2020.5,"vertices":[192.42857142857142,193.42857142857142,194.42857142857142,195.42857142857142,196.42857142857142,197.42857142857142],"speckle_type":"Objects.BuiltElements.Wall","applicationId":"rest-1347","totalChildrenCount":0,"properties":{"Parameters":{"Type Parameters":{"Identity Data":{"Type Name":{"name":"Type Name","value":"Generic - 200mm"}}}}}}}`
	list := "[" + strings.Repeat(record+",", 9999) + record + "]"
	b.Run("stream", func(b *testing.B) {
		text := []byte(`{"list":` + list + `}`)
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		windows := NewWindows(steadyWindow)
		for b.Loop() {
			s := New(bytes.NewReader(text), windows, 1<<30)
			s.Plan, s.Most = Plan{Path: []string{"list"}, ID: []byte(`"id"`)}, 1<<20
			s.Take = func(_, _ []byte) error { return nil }
			if err := s.Split(); err != nil || s.Items != 10_000 {
				b.Fatal(s.Items, err)
			}
		}
	})
	// The same work by jsontext: a value, compact, with its id.
	b.Run("jsontext", func(b *testing.B) {
		text := []byte(list)
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		inner := jsontext.NewDecoder(bytes.NewReader(nil))
		var buf bytes.Buffer
		var compacted []byte
		for b.Loop() {
			dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
			_, _ = dec.ReadToken()
			for dec.PeekKind() != ']' {
				v, err := dec.ReadValue()
				if err != nil {
					b.Fatal(err)
				}
				if compacted, err = jsontext.AppendFormat(compacted[:0], v, jsontext.AllowDuplicateNames(true),
					jsontext.PreserveRawStrings(true)); err != nil {
					b.Fatal(err)
				}
				buf.Reset()
				buf.Write(v)
				inner.Reset(&buf, jsontext.AllowDuplicateNames(true))
				_, _ = inner.ReadToken()
				for inner.PeekKind() != '}' {
					name, _ := inner.ReadToken()
					if name.String() == "id" {
						_, _ = inner.ReadValue()
						break
					}
					_ = inner.SkipValue()
				}
			}
		}
	})
}
