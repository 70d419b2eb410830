package query

import (
	"encoding/json"
	"strings"
	"sync"
)

// fieldFacts is what a schema says of one field. The hosted server knows more
// fields than the open source one, so an absent field is unknown, never wrong.
type fieldFacts struct {
	Type          string            `json:"type"` // as written, "[Model!]!"
	Args          map[string]string `json:"args"`
	Scopes        []string          `json:"scopes"`        // without one of them the server refuses
	ServerRole    string            `json:"serverRole"`    // least role of the token's owner on the server
	StreamRole    string            `json:"streamRole"`    // and in the project
	WorkspaceRole string            `json:"workspaceRole"` // and in the workspace
	// OwnerOrAdminOnly is a field of a User that only that user may ask for, and
	// administrators.
	OwnerOrAdminOnly bool `json:"ownerOrAdminOnly"`
	ScopesUnknown    bool `json:"scopesUnknown"` // of a schema that doesn't show its directives
}

// scopeCheck is one that the server's code does beside the directives of its
// schema.
type scopeCheck struct {
	Field  string   `json:"field"` // "User.email"
	Scopes []string `json:"scopes"`
	Role   string   `json:"serverRole"`
	When   string   `json:"when"` // for people
	Soft   bool     `json:"soft"` // without the scope the field is null, and no error says so

	Arg    string `json:"arg"`    // the check is done when this argument has a value
	Of     string `json:"of"`     // of a User: "self" or "others"; "": both
	Others bool   `json:"others"` // users below are others than the token's owner
}

// silentNull is a field that a server leaves empty without a word.
type silentNull struct {
	Field string `json:"field"`
	Why   string `json:"why"`
}

// table is a data/schema.json. The file is JSON with one type a line, so that
// a query decodes the few types that it touches: all of them would take longer
// than the rest of a process start.
type table struct {
	text    string
	once    sync.Once
	byName  map[string]string // type name → its line
	decoded sync.Map          // type name → map[string]fieldFacts

	needOnce sync.Once
	needs    needFacts
}

// needFacts is what the lines before the types say of scopes.
type needFacts struct {
	checks     map[string][]scopeCheck // by field
	silent     map[string]string       // field → why
	interfaces map[string][]string     // interface → types
	unions     map[string][]string
	advised    map[string]string // field → scope that other versions ask for
}

func (t *table) lines() map[string]string {
	t.once.Do(func() {
		t.byName = map[string]string{}
		_, types, _ := strings.Cut(t.text, "\"types\":{\n")
		for line := range strings.Lines(types) {
			name, fields, found := strings.Cut(strings.TrimRight(line, ",\n"), ":")
			if found {
				t.byName[strings.Trim(name, `"`)] = fields
			}
		}
	})
	return t.byName
}

// fields gives the fields of a type, nil when the schema doesn't know it.
func (t *table) fields(name string) map[string]fieldFacts {
	if known, ok := t.decoded.Load(name); ok {
		return known.(map[string]fieldFacts)
	}
	line, ok := t.lines()[name]
	if !ok {
		return nil
	}
	var fields map[string]fieldFacts
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		panic("embedded data/schema.json: " + name + ": " + err.Error())
	}
	t.decoded.Store(name, fields)
	return fields
}

// head reads one of the lines before the types.
func (t *table) head(name string, into any) {
	for line := range strings.Lines(t.text) {
		text, found := strings.CutPrefix(line, `"`+name+`":`)
		if !found {
			continue
		}
		if err := json.Unmarshal([]byte(strings.TrimRight(text, ",\n")), into); err != nil {
			panic("embedded data/schema.json: " + name + ": " + err.Error())
		}
		return
	}
}

func (t *table) need() *needFacts {
	t.needOnce.Do(func() {
		n := needFacts{checks: map[string][]scopeCheck{}, silent: map[string]string{}, advised: map[string]string{}}
		var checks []scopeCheck
		var silent []silentNull
		t.head("resolverScopeChecks", &checks)
		t.head("nullWithoutErrorFields", &silent)
		t.head("interfaces", &n.interfaces)
		t.head("unions", &n.unions)
		t.head("advised", &n.advised)
		for _, c := range checks {
			n.checks[c.Field] = append(n.checks[c.Field], c)
		}
		for _, s := range silent {
			n.silent[s.Field] = s.Why
		}
		t.needs = n
	})
	return &t.needs
}
