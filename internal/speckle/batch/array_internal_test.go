package batch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// entriesOf reads a text as an array: a null is the text null. The error is the
// one that ended it, nil behind the last entry.
func entriesOf(in io.Reader) (list []string, err error) {
	a := newArray(in)
	if is, err := a.open(); err != nil || !is {
		return nil, cmp.Or(err, errNoArray)
	}
	for {
		there, null, err := a.next()
		switch {
		case err != nil || !there:
			return list, err
		case null:
			list = append(list, "null")
			continue
		}
		text, err := io.ReadAll(a)
		if err != nil {
			return list, err
		}
		list = append(list, string(text))
	}
}

const some = ` [ {"a":"]}\"{[","b":[{},[1]]} , null,{},
	{"c":"\\"} ] `

func TestAnArrayIsReadEntryByEntry(t *testing.T) {
	want := []string{`{"a":"]}\"{[","b":[{},[1]]}`, "null", "{}", `{"c":"\\"}`}
	for name, in := range map[string]io.Reader{
		"whole":                  strings.NewReader(some),
		"byte by byte":           iotest.OneByteReader(strings.NewReader(some)),
		"behind a mark":          strings.NewReader("\ufeff" + some),
		"with the end at once":   iotest.DataErrReader(strings.NewReader(some)),
		"with something behind":  strings.NewReader(some + `{"d":1}`),
		"larger than the window": strings.NewReader(strings.Repeat(" ", 2*windowSize) + some),
	} {
		got, err := entriesOf(in)
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

// TestAnArrayThatIsCut gives whole entries only, wherever it ends.
func TestAnArrayThatIsCut(t *testing.T) {
	all, _ := entriesOf(strings.NewReader(some))
	end := strings.LastIndexByte(some, ']')
	for at := range some[:end] {
		got, err := entriesOf(strings.NewReader(some[:at]))
		if err == nil || len(got) > len(all) || strings.Join(got, "|") != strings.Join(all[:len(got)], "|") {
			t.Errorf("cut at %d: %q %v", at, got, err)
		}
	}
	broken := errors.New("the network broke")
	if got, err := entriesOf(io.MultiReader(strings.NewReader(some[:20]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("%q %v", got, err)
	}
}

func TestWhatIsNoArray(t *testing.T) {
	for _, text := range []string{"", " ", "{}", `{"errors":[{}]}`, "<html>[]", "null", "[1]", `["a"]`, "[[]]", "[{}{}]", "[{},]", "[nul]",
		"[nullnull]", "[,{}]", "[{}"} {
		if got, err := entriesOf(strings.NewReader(text)); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got, err := entriesOf(strings.NewReader("[]")); len(got) > 0 || err != nil {
		t.Errorf("%q %v", got, err)
	}
}

// FuzzArray holds the entries against those that encoding/json finds.
func FuzzArray(f *testing.F) {
	for _, text := range []string{some, "[]", "[{}]", "[null,{}]", `[{"a":"\u005d"}]`, "[{]}]", `[{"a":1}`, "[{},1]", "{}", "\ufeff[{}]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := entriesOf(iotest.HalfReader(bytes.NewReader(text)))
		one, byteErr := entriesOf(iotest.OneByteReader(bytes.NewReader(text)))
		if strings.Join(got, "|") != strings.Join(one, "|") || (err == nil) != (byteErr == nil) {
			t.Fatalf("%q and %q: it hangs on how it arrives", got, one)
		}
		var want []json.RawMessage
		if json.Unmarshal(text, &want) != nil || want == nil {
			return // whatever was found of it is for the entries' readers to judge
		}
		for i, entry := range want {
			if c := entry[0]; c != '{' && c != 'n' {
				want = want[:i]
				if err == nil {
					t.Fatalf("%q: %s is taken as an answer", text, entry)
				}
				break
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %q, want %q (%v)", text, got, want, err)
		}
		for i := range want {
			if got[i] != string(want[i]) {
				t.Fatalf("%q: entry %d is %q, want %q", text, i, got[i], want[i])
			}
		}
	})
}
