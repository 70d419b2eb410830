package jq_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"speckle-runner/internal/jobs/jq"
)

// Numbers that no program computed with keep their digits.
func TestDecodeAndAppend(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1.10": "", "1e400": "", "-1E+400": "", "12345678901234567890": "", "0.1000": "", "-0": "", "0": "", "-7": "",
		"9223372036854775807": "", "-9223372036854775808": "", "9223372036854775808": "", "1e2": "", "0.0": "", "-0.0": "",
		"null": "", "true": "", "false": "", `""`: "", "[]": "", "{}": "", `"<>&/é😀"`: "",
		" [ 1 ,\t2 ,\n[ ] ]\r\n":     "[1,2,[]]",
		`{"b":1,"a":{"d":1,"c":[]}}`: `{"a":{"c":[],"d":1},"b":1}`,
		`{"a":1,"b":2,"a":3}`:        `{"a":3,"b":2}`,
		`"\u00e9\"\\\/\b\f\n\r\t"`:   `"é\"\\/\b\f\n\r\t"`,
		`"\u0000\u001f\u007f"`:       "\"\\u0000\\u001f\x7f\"",
		`"\ud83d\ude00"`:             `"😀"`,
		`"a\ud800b"`:                 `"a` + "\uFFFD" + `b"`,
		`"\ud800\ud83d\ude00"`:       `"` + "\uFFFD" + `😀"`,
		`"\ud800\u0041"`:             `"` + "\uFFFD" + `A"`,
		`"\udc00"`:                   `"` + "\uFFFD" + `"`,
		"\"a\xff\xfeb\"":             "\"a\uFFFD\uFFFDb\"",
		"\"\\n\xff\"":                "\"\\n\uFFFD\"",
		`"\u2028` + "\u2029" + `"`:   "\"\u2028\u2029\"",
		`{"\ud800":1}`:               `{"` + "\uFFFD" + `":1}`,
		strings.Repeat("[", 1000) + strings.Repeat("]", 1000): "",
	} {
		if want == "" {
			want = in
		}
		got, err := jq.Append([]byte("x"), decoded(t, in))
		if err != nil || string(got) != "x"+want {
			t.Errorf("%s: got %s, %v", in, got, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                            "read JSON: byte 0: the text ends too early",
		" ":                           "read JSON: byte 1: the text ends too early",
		"nul":                         "read JSON: byte 0: no JSON value",
		"NaN":                         "read JSON: byte 0: no JSON value",
		"[1,]":                        "read JSON: byte 3: no JSON value",
		"[1 2]":                       "read JSON: byte 3: expected a , or the ] of a list",
		"[1":                          "read JSON: byte 2: the text ends too early",
		"{a:1}":                       "read JSON: byte 1: expected the name of a member",
		`{"a" 1}`:                     "read JSON: byte 5: expected the : behind a member's name",
		`{"a":1 "b":2}`:               "read JSON: byte 7: expected a , or the } of an object",
		`{"a":1,}`:                    "read JSON: byte 7: expected the name of a member",
		`{"a":`:                       "read JSON: byte 5: the text ends too early",
		"1 2":                         "read JSON: byte 2: more than one value",
		"01":                          "read JSON: byte 2: no number",
		"-":                           "read JSON: byte 1: no number",
		"- 1":                         "read JSON: byte 1: no number",
		"1.":                          "read JSON: byte 2: no number",
		"1e":                          "read JSON: byte 2: no number",
		"+1":                          "read JSON: byte 0: no JSON value",
		"\"a\nb\"":                    "read JSON: byte 2: a control character in a text",
		`"\n` + "\x01" + `"`:          "read JSON: byte 4: a control character in a text",
		`"\x"`:                        `read JSON: byte 3: no escape of JSON behind a \`,
		`"\u12"`:                      `read JSON: byte 3: no escape of JSON behind a \`,
		`"\u+123"`:                    `read JSON: byte 7: no escape of JSON behind a \`,
		`"abc`:                        "read JSON: byte 4: the text ends too early",
		`"abc\`:                       "read JSON: byte 5: the text ends too early",
		strings.Repeat("[", 1001):     "read JSON: byte 1001: lists and objects more than 1000 deep",
		strings.Repeat(`{"a":`, 1001): "read JSON: byte 5001: lists and objects more than 1000 deep",
	} {
		if value, err := jq.Decode([]byte(in)); err == nil || err.Error() != want || value != nil {
			t.Errorf("%.20q: got %v, %v, want %s", in, value, err, want)
		}
	}
}

func TestDecodeKeepsNothingOfItsText(t *testing.T) {
	t.Parallel()
	text := []byte(`{"name":"tower","n":1.50}`)
	value, err := jq.Decode(text)
	clear(text)
	if want := (map[string]any{"name": "tower", "n": json.Number("1.50")}); err != nil || !reflect.DeepEqual(value, want) {
		t.Errorf("got %v, %v", value, err)
	}
}

func TestAppendComputedNumbers(t *testing.T) {
	t.Parallel()
	big1, _ := new(big.Int).SetString("100000000000000000000", 10)
	for _, c := range []struct {
		value any
		want  string
	}{
		{1.0, "1"}, {-0.5, "-0.5"}, {math.Copysign(0, -1), "0"},
		{1e-6, "0.000001"}, {1e-7, "1e-7"}, {1.5e-10, "1.5e-10"}, {1e20, "100000000000000000000"},
		{1e21, "1e+21"}, {math.NaN(), "null"}, {math.Inf(-1), "-1.7976931348623157e+308"}, {big1, "100000000000000000000"},
		{"a\xffb", "\"a\uFFFDb\""},
	} {
		if got, err := jq.Append(nil, c.value); err != nil || string(got) != c.want {
			t.Errorf("%v: got %s, %v, want %s", c.value, got, err, c.want)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	deep := any(1)
	for range 1001 {
		deep = []any{deep}
	}
	for want, value := range map[string]any{
		"write JSON: lists and objects more than 1000 deep": deep,
		"write JSON: a value of type struct {}":             map[string]any{"a": []any{struct{}{}}},
	} {
		if _, err := jq.Append(nil, value); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAppendOrdered(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"a":1,"b":{"y":1,"x":2},"c":3,"d":4}`)
	for _, c := range []struct {
		keys []string
		want string
	}{
		{nil, `{"a":1,"b":{"x":2,"y":1},"c":3,"d":4}`},
		{[]string{"d", "b", "a", "c"}, `{"d":4,"b":{"x":2,"y":1},"a":1,"c":3}`},
		{[]string{"y", "c", "x"}, `{"c":3,"a":1,"b":{"x":2,"y":1},"d":4}`},
	} {
		if got, err := jq.AppendOrdered(nil, value, c.keys); err != nil || string(got) != c.want {
			t.Errorf("%v: got %s, %v", c.keys, got, err)
		}
	}
	if got, err := jq.AppendOrdered(nil, []any{value}, []string{"d"}); err != nil || !bytes.HasPrefix(got, []byte(`[{"a"`)) {
		t.Errorf("a list: got %s, %v", got, err)
	}
}

// Decode takes what encoding/json takes, and reads the same from it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		model, `{"a":[1,2.50,-0,1e400,"\ud800\udc00\ud800x",null,true,{}],"a":1}`, `"\u00`, "[1,", "\xff", "\"\xff\"", "01", "1.e1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		var want any
		wrong := dec.Decode(&want)
		if wrong == nil && dec.More() || !json.Valid(text) {
			wrong = json.Unmarshal(text, &want)
		}
		got, err := jq.Decode(text)
		if err != nil && strings.HasSuffix(err.Error(), "deep") {
			return
		}
		if (err == nil) != (wrong == nil) {
			t.Fatalf("%q: got %v, encoding/json says %v", text, err, wrong)
		}
		if err != nil {
			return
		}
		written, err := jq.Append(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(want); err != nil {
			t.Fatal(err)
		}
		// encoding/json escapes these two, which are fine as they are.
		wanted := strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(strings.TrimSuffix(buf.String(), "\n"))
		if again := decoded(t, string(written)); string(written) != wanted && !strings.Contains(wanted, `\\u202`) ||
			!reflect.DeepEqual(again, got) {
			t.Fatalf("%q: got %s, want %s", text, written, wanted)
		}
	})
}
