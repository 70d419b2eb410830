package fake_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/fake"
)

// recording is an answer of a real server.
type recording struct {
	Request struct {
		Path, Token string
		Body        json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

// stands says what of the fake's world stands for the recorded one's.
var stands = strings.NewReplacer(
	"236d44f972", fake.TowerID, "2e77e6fbd8", fake.HiddenID, "21fbc5d2ac", fake.FederatedID,
	"611a82bdf6c195f2526dae31c13671b4", fake.UploadedID,
)

// TestAnswersAsRecorded holds every recorded answer against the fake's answer
// to the same request: status, headers, the keys in their order, the types,
// the form of the cursors, and all of the errors.
func TestAnswersAsRecorded(t *testing.T) {
	files, err := filepath.Glob("../testdata/recorded/*.json")
	if err != nil || len(files) < 25 {
		t.Fatalf("recordings: %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want recording
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			token := recordedToken(want.Request.Token)
			s := start(t, fake.Options{Tokens: []fake.Token{token}, RateLimit: want.Response.Status == 429})
			g := replay(t, s, file, token, want)
			if g.status != want.Response.Status {
				t.Fatalf("status %d, recorded %d: %.300s", g.status, want.Response.Status, g.body)
			}
			compareHeaders(t, g, want)
			compareBodies(t, g, want)
		})
	}
}

func recordedToken(what string) fake.Token {
	switch what {
	case "none":
		return fake.Token{}
	case "any", "all public scopes":
		return fake.NewToken(what, fake.AllScopes...)
	case "a token that does not exist":
		unknown := fake.NewToken(what)
		unknown.Revoked = true
		return unknown
	default:
		return fake.NewToken(what, what)
	}
}

var pageNumber = regexp.MustCompile(`-page-(\d+)\.json$`)

func replay(t *testing.T, s *fake.Server, file string, token fake.Token, want recording) got {
	t.Helper()
	body := []byte(stands.Replace(string(want.Request.Body)))
	var text string
	if json.Unmarshal(body, &text) == nil {
		body = []byte(text) // recorded as text, as it is no JSON
	}
	pages := 1
	if m := pageNumber.FindStringSubmatch(file); m != nil {
		pages, _ = strconv.Atoi(m[1])
	}
	var g got
	for page := range pages {
		if page > 0 || bytes.Contains(body, []byte(`"cursor"`)) && pages > 1 {
			body = turnPage(t, body, g)
		}
		g = post(t, s, want.Request.Path, token.Token, body)
	}
	if want.Response.Status == 429 { // a batch counts once an entry
		batch := bytes.Repeat(append(body, ','), 300)
		batch[len(batch)-1] = ']'
		g = post(t, s, want.Request.Path, token.Token, append([]byte("["), batch...))
	}
	return g
}

var anyCursor = regexp.MustCompile(`"cursor":\s*"([^"]*)"`)

// turnPage puts the last answer's cursor into a request; none for page 1.
func turnPage(t *testing.T, body []byte, last got) []byte {
	t.Helper()
	var request map[string]any
	if err := json.Unmarshal(body, &request); err != nil {
		t.Fatal(err)
	}
	variables, _ := request["variables"].(map[string]any)
	delete(variables, "cursor")
	if m := anyCursor.FindSubmatch(last.body); m != nil {
		variables["cursor"] = string(m[1])
	}
	out, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compareHeaders(t *testing.T, g got, want recording) {
	t.Helper()
	for name, value := range want.Response.Headers {
		mine := g.header.Get(name)
		switch name {
		case "connection":
			continue // the recorder's wish
		case "x-request-id":
			value, mine = form(value), form(mine)
		case "retry-after":
			if _, err := strconv.ParseFloat(mine, 64); err == nil {
				continue
			}
		case "x-ratelimit-reset":
			value, mine = form(value), form(mine)
		}
		if mine != value {
			t.Errorf("header %s: %q, recorded %q", name, mine, value)
		}
	}
	if want.Response.Headers["cache-control"] == "" && g.header.Get("Cache-Control") != "" {
		t.Error("cache-control where there was none")
	}
}

func compareBodies(t *testing.T, g got, want recording) {
	t.Helper()
	var text string
	if json.Unmarshal(want.Response.Body, &text) == nil {
		if text != string(g.body) {
			t.Errorf("body %q, recorded %q", g.body, text)
		}
		return
	}
	mine, recorded := decode(t, g.body), decode(t, want.Response.Body)
	if w, ok := recorded.get("errors"); ok {
		if m, _ := mine.get("errors"); !reflect.DeepEqual(m, w) {
			t.Errorf("errors\n%v, recorded\n%v", m, w)
		}
	}
	a, b := map[string]bool{}, map[string]bool{}
	shape(a, "", mine)
	shape(b, "", recorded)
	for line := range b {
		if !a[line] && !nullable(line, a) {
			t.Errorf("recorded, and not here: %s", line)
		}
	}
	for line := range a {
		if !b[line] && !nullable(line, b) {
			t.Errorf("not recorded: %s", line)
		}
	}
}

// nullable says whether the other side has the same place with a value, or
// with null.
func nullable(line string, other map[string]bool) bool {
	place, kind, _ := strings.Cut(line, " = ")
	if kind == "null" {
		for l := range other {
			if strings.HasPrefix(l, place+" = ") {
				return strings.HasSuffix(place, ".message")
			}
		}
	}
	return false
}

// object is a JSON object that knows the order of its keys.
type object struct {
	keys   []string
	values map[string]any
}

func (o object) get(key string) (any, bool) { v, ok := o.values[key]; return v, ok }

func decode(t *testing.T, raw []byte) object {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	v, err := value(d)
	if err != nil {
		t.Fatalf("%v in %.200q", err, raw)
	}
	o, ok := v.(object)
	if !ok {
		t.Fatalf("no object: %.200q", raw)
	}
	return o
}

func value(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := object{values: map[string]any{}}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			o.keys = append(o.keys, fmt.Sprint(key))
			o.values[fmt.Sprint(key)] = v
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

// shape notes what stands where: the keys of objects in their order, whether
// lists are empty, the form of texts.
func shape(into map[string]bool, at string, v any) {
	switch v := v.(type) {
	case object:
		if strings.HasSuffix(at, "objects[].data") {
			into[at+" = free"] = true
			return
		}
		into[at+" = {"+strings.Join(v.keys, " ")+"}"] = true
		for key, inner := range v.values {
			shape(into, at+"."+key, inner)
		}
	case []any:
		into[fmt.Sprintf("%s = list, empty %v", at, len(v) == 0)] = true
		for _, inner := range v {
			shape(into, at+"[]", inner)
		}
	case string:
		into[at+" = text "+form(v)] = true
	case nil:
		into[at+" = null"] = true
	default:
		into[fmt.Sprintf("%s = %T", at, v)] = true
	}
}

var forms = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"time", regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)},
	{"uuid", regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)},
	{"id", regexp.MustCompile(`^[0-9a-f]{10}$`)},
	{"object id", regexp.MustCompile(`^[0-9a-f]{32}$`)},
	{"base64 of {updatedAt,id}", regexp.MustCompile(`^eyJ1cGRhdGVkQXQiOiIyMD`)},
	{"role", regexp.MustCompile(`^stream:`)},
}

func form(s string) string {
	for _, f := range forms {
		if f.pattern.MatchString(s) {
			return f.name
		}
	}
	return ""
}
