package shape

import (
	"reflect"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
)

// MeansKey reports whether a mapping has a key, or one that was told to be a
// misspelling of it: that it is missing then needs no second word.
func MeansKey(n *document.Node, shape reflect.Type, name string) bool {
	if n.Has(name) {
		return true
	}
	known := names(KeysOf(shape), "")
	return slices.ContainsFunc(n.Entries, func(e document.Entry) bool {
		written := e.Key.Text
		return !slices.Contains(known, written) && (spelling.Meant(written, known) == name || otherNames[spelling.Folded(written)] == name)
	})
}

// otherNames are what other programs call a key.
var otherNames = eachOf(map[string]string{
	"cron, crontab, when, run_at, at":                                       "schedule",
	"filter, jq, transform, map, condition, if":                             "select",
	"destination, destinations, dest, sink, sinks, target, targets, export": "outputs",
	"path, filename, file_name, filepath":                                   "file",
	"type":                                                                  "format",
	"fields, cols, header":                                                  "columns",
	"delimiter, delim, sep":                                                 "separator",
	"graphql, gql":                                                          "query",
	"vars, params, parameters, args, arguments, input":                      "variables",
	"tz":                   "timezone",
	"desc, title, comment": "description",
	"retry, max_retries, attempts, max_attempts":              "retries",
	"hook, webhook_url, callback, slack, teams, discord":      "webhook_env",
	"mail, mails, mailto, mail_to, recipient, recipients, to": "email",
	"loop, matrix": "for_each",
	"parallel, parallelism, workers, max_parallel": "concurrency",
	"stop, stop_when":          "until",
	"host, base_url, endpoint": "server",
	"events, event":            "on",
})

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
