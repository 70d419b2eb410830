package jobs

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
)

var fileType = reflect.TypeFor[fileShape]()

// unknown reports a key that a shape doesn't have, with the one that was meant.
func (r *reader) unknown(a at, t reflect.Type, keys []key) {
	name := a.node.Text
	known := names(keys, "")
	if t == fileType && strings.HasPrefix(name, "x-") {
		return
	}
	p := document.Problem{Message: "unknown key"}
	switch own := slices.ContainsFunc(keysOf(reflect.TypeFor[job]()), func(k key) bool { return k.name == name }); {
	case t == defaultsType && own:
		p.Message, p.Hint = "this key can't have a default", "write it in each job"
	case t == fileType && own && name != "server":
		p.Hint = "write it in a job, or below defaults: for all jobs"
		if keyOf[job](name).own {
			p.Hint = "write it in a job, below jobs:"
		}
	default:
		p.Hint = meantKey(name, t, known)
	}
	r.problem(a, p)
}

// meantKey gives the best hint for a key that a shape doesn't have.
func meantKey(name string, t reflect.Type, known []string) string {
	return cmp.Or(otherName(name, known), otherWords[spelling.Folded(name)], spelling.DidYouMean(name, known), elsewhere(name, t),
		"known here: "+strings.Join(known, ", "))
}

// meansKey reports whether a mapping has a key, or one that was told to be a
// misspelling of it: that it is missing then needs no second word.
func meansKey(n *document.Node, shape reflect.Type, name string) bool {
	if n.Has(name) {
		return true
	}
	known := names(keysOf(shape), "")
	return slices.ContainsFunc(n.Entries, func(e document.Entry) bool {
		written := e.Key.Text
		return !slices.Contains(known, written) && (spelling.Meant(written, known) == name || otherNames[spelling.Folded(written)] == name)
	})
}

// homes are the mappings of a job file, as people call them.
var homes = []struct {
	shape reflect.Type
	name  string
}{
	{reflect.TypeFor[job](), "a job"},
	{reflect.TypeFor[outlet](), "an output"},
	{reflect.TypeFor[forEach](), "for_each"},
	{reflect.TypeFor[notify](), "a notification"},
	{fileType, "the top level of the file"},
}

// elsewhere finds a key that belongs to another mapping.
func elsewhere(name string, t reflect.Type) string {
	for _, home := range homes {
		if word := spelling.Meant(name, names(keysOf(home.shape), "")); word != "" && home.shape != t {
			if word == spelling.Folded(name) {
				return "it belongs to " + home.name
			}
			return fmt.Sprintf("did you mean %s? It belongs to %s", word, home.name)
		}
	}
	return ""
}

// otherNames are what other programs call a key.
var otherNames = eachOf(map[string]string{
	"cron, crontab, when, run_at, at":                                       "schedule",
	"filter, jq, transform, map, where, condition, if":                      "select",
	"destination, destinations, dest, sink, sinks, target, targets, export": "outputs",
	"path, filename, file_name, filepath":                                   "file",
	"type":                                                                  "format",
	"fields, cols, header":                                                  "columns",
	"delimiter, delim, sep":                                                 "separator",
	"graphql, gql":                                                          "query",
	"vars, params, parameters, args, arguments, input":                      "variables",
	"tz":                   "timezone",
	"desc, title, comment": "description",
	"retry, max_retries, attempts, max_attempts":         "retries",
	"hook, webhook_url, callback, slack, teams, discord": "webhook_env",
	"loop, matrix": "for_each",
	"parallel, parallelism, workers, max_parallel": "concurrency",
	"stop, stop_when":          "until",
	"host, base_url, endpoint": "server",
	"events, event":            "on",
})

// otherWords are keys that people look for, and that are written otherwise.
var otherWords = eachOf(map[string]string{
	"interval, every": "write schedule: \"@every 15m\"",
	"token, pat, api_key, api_token, access_token, auth, bearer": "a token stays out of the file: " +
		"name its environment variable with token_env",
	"secret, password":           "a secret stays out of the file: name its environment variable with secret_env",
	"url, address":               "a server is server:, a receiver webhook:",
	"env, environment":           "only keys that end in _env name variables",
	"enabled, active":            "here it is disabled: true",
	"on_failure, alert, alerts":  "here it is notify: with on: [failure]",
	"on_success":                 "here it is notify: with on: [success]",
	"page_size, limit, per_page": "give the query's limit variable a value",
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
		return "here it is " + meant + ":"
	}
	for _, home := range homes {
		if slices.Contains(names(keysOf(home.shape), ""), meant) {
			return fmt.Sprintf("here it is %s:, and belongs to %s", meant, home.name)
		}
	}
	return ""
}

// eachOf gives each of several words its own entry.
func eachOf(grouped map[string]string) map[string]string {
	all := map[string]string{}
	for words, hint := range grouped {
		for word := range strings.SplitSeq(words, ", ") {
			all[word] = hint
		}
	}
	return all
}
