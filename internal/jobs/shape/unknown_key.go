package shape

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
)

var fileType = reflect.TypeFor[File]()

// NewReader gives a reader of a file's text. It knows what else people write for
// keys, and where each belongs.
func NewReader(src *document.Text, problems *document.Collector) *Reader {
	return &Reader{Src: src, Problems: problems, unknown: unknown}
}

// unknown reports a key that a shape doesn't have, with the one that was meant.
func unknown(r *Reader, a At, t reflect.Type, keys []Key) {
	name := a.Node.Text
	known := names(keys, "")
	if t == fileType && strings.HasPrefix(name, "x-") {
		return
	}
	p := document.Problem{Message: "unknown key"}
	switch own := slices.ContainsFunc(KeysOf(reflect.TypeFor[Job]()), func(k Key) bool { return k.Name == name }); {
	case t == defaultsType && own:
		p.Message, p.Hint = "this key can't have a default", "write it in each job"
	case t == fileType && own && name != "server":
		p.Hint = "write it in a job, or below defaults: for all jobs"
		if keyOf[Job](name).own {
			p.Hint = "write it in a job, below jobs:"
		}
	default:
		p.Hint = meantKey(name, t, known)
	}
	r.Problem(a, p)
}

// meantKey gives the best hint for a key that a shape doesn't have.
func meantKey(name string, t reflect.Type, known []string) string {
	if t == reflect.TypeFor[SMTP]() && spelling.Folded(name) == "password" {
		return "a secret stays out of the file: name its environment variable with password_env"
	}
	return cmp.Or(otherName(name, known), otherWords[spelling.Folded(name)], spelling.DidYouMean(name, known), elsewhere(name, t),
		"keys known here: "+strings.Join(known, ", "))
}

// homes are the mappings of a job file, as people call them.
var homes = []struct {
	shape reflect.Type
	name  string
}{
	{reflect.TypeFor[Job](), "a job"},
	{reflect.TypeFor[Output](), "an output"},
	{reflect.TypeFor[ForEach](), "for_each"},
	{reflect.TypeFor[Notify](), "a notification"},
	{reflect.TypeFor[Elements](), "elements"},
	{reflect.TypeFor[OnVersion](), "on_version"},
	{reflect.TypeFor[Summarize](), "summarize"},
	{reflect.TypeFor[SMTP](), "smtp"},
	{fileType, "the top level of the file"},
}

// elsewhere finds a key that belongs to another mapping.
func elsewhere(name string, t reflect.Type) string {
	for _, home := range homes {
		if word := spelling.Meant(name, names(KeysOf(home.shape), "")); word != "" && home.shape != t {
			if word == spelling.Folded(name) {
				return "it belongs to " + home.name
			}
			return fmt.Sprintf("did you mean %s? It belongs to %s", word, home.name)
		}
	}
	return ""
}

// otherWords are keys that people look for, and that are written otherwise.
var otherWords = eachOf(map[string]string{
	"interval, every": "write schedule: \"@every 15m\"",
	"token, pat, api_key, api_token, access_token, auth, bearer": "a token stays out of the file: " +
		"name its environment variable with token_env",
	"secret, password":           "a secret stays out of the file: name its environment variable with secret_env",
	"url, address":               "a server is server:, a receiver webhook:",
	"env, environment":           "only keys that end in _env name variables",
	"enabled, active":            "here the key is disabled: true",
	"on_failure, alert, alerts":  "here the key is notify: with on: [failure]",
	"on_success":                 "here the key is notify: with on: [success]",
	"page_size, limit, per_page": "give the query's limit variable a value",
	"user, username, login":      "name its environment variable with username_env",
	"where":                      "it belongs to elements; to filter the records of a query, use select",
	"models":                     "elements reads one model, and for_each several, with model: \"{each.id}\"; on_version takes models:",
	"name":                       "a job's name is its key, as in nightly-models:",
})

// otherName gives the key that another program's name stands for, and where it
// belongs when that isn't here.
func otherName(name string, known []string) string {
	meant := otherNames[spelling.Folded(name)]
	switch {
	case meant == "":
		return ""
	case slices.Contains(known, meant):
		return "here the key is " + meant + ":"
	}
	for _, home := range homes {
		if slices.Contains(names(KeysOf(home.shape), ""), meant) {
			return fmt.Sprintf("here the key is %s:, and belongs to %s", meant, home.name)
		}
	}
	return ""
}
