package web

import (
	"net/http"
	"reflect"
	"slices"

	"speckle-runner/internal/store"
	"speckle-runner/internal/web/openapi"
)

// operation is what a program can ask: what the document says of it, and what
// answers. The mux is made of the same list, so nothing is there that isn't told.
type operation struct {
	openapi.Operation
	endpoint

	handler http.Handler // of what doesn't answer in JSON, in place of the endpoint
	headers []openapi.Header
	done    bool // with its answer; else it is only accepted by then
}

// probed says whether a path is asked by what watches the service: without a token,
// often, and by who gives up soon.
func probed(path string) bool { return slices.Contains(everywhere, path) }

func (o operation) fails(statuses ...int) operation {
	o.Fails = append(o.Fails, statuses...)
	return o
}

func (o operation) atOnce() operation {
	o.done = true
	return o
}

func (o operation) taking(parameters ...openapi.Parameter) operation {
	o.Parameters = append(o.Parameters, parameters...)
	return o
}

func (o operation) with(headers ...openapi.Header) operation {
	o.headers = append(o.headers, headers...)
	return o
}

// told is what the document says of an operation: beside what its line in the list
// says, what is so for all of its kind.
func (o operation) told() openapi.Operation {
	told := o.Operation
	told.Open = probed(o.Path)
	told.Fails = append(told.Fails, http.StatusForbidden, http.StatusInternalServerError)
	if !told.Open {
		told.Fails = append(told.Fails, http.StatusBadRequest, http.StatusUnauthorized, http.StatusTooManyRequests,
			http.StatusServiceUnavailable)
	}
	good := openapi.Answer{Status: http.StatusOK, Description: o.Summary + ".", Kind: "application/json", Body: o.body, Headers: o.headers}
	switch {
	case o.handler != nil:
		good.Kind, good.Body = "text/plain", reflect.TypeFor[string]()
	case o.Method == http.MethodPost:
		good.Status, good.Description = http.StatusAccepted, "It will be done."
		if o.done {
			good.Status, good.Description = http.StatusOK, "It is done."
		}
		told.Fails = append(told.Fails, http.StatusRequestEntityTooLarge, http.StatusInsufficientStorage)
	default:
		told.Parameters = append(slices.Clip(told.Parameters), ifNoneMatch)
		good.Headers = append([]openapi.Header{tagHeader}, good.Headers...)
		told.Answers = append(told.Answers, openapi.Answer{Status: http.StatusNotModified, Headers: []openapi.Header{tagHeader},
			Description: "It is as it was when it had that tag."})
	}
	told.Answers = append([]openapi.Answer{good}, told.Answers...)
	if told.Open && o.handler == nil {
		told.Answers = append(told.Answers, openapi.Answer{Status: http.StatusServiceUnavailable, Kind: good.Kind, Body: o.body,
			Description: "It is not; what is wrong and what to do."})
	}
	return told
}

var (
	textType  = reflect.TypeFor[string]()
	tagHeader = openapi.Header{Name: "ETag", Description: "The tag of what was answered."}

	ifNoneMatch = openapi.Parameter{Name: "If-None-Match", In: "header", Type: textType,
		Description: "Tags of answers that are known: if the answer is one of them, only 304 is sent."}

	pageHeaders = []openapi.Header{
		{Name: "Next-Cursor", Sometimes: true, Description: "The cursor of the next page; absent on the last."},
		{Name: "Link", Sometimes: true, Description: `The address of the next page as rel="next"; absent on the last.`},
	}

	cursor = openapi.Parameter{Name: "cursor", In: "query", Type: textType,
		Description: "What Next-Cursor said with the page before this one. It says nothing by itself."}

	jobsParameters = []openapi.Parameter{
		{Name: "limit", In: "query", Type: reflect.TypeFor[int](), Most: mostPage,
			Description: "How many at most, by name. Without limit and cursor all are given, in the order of the file."},
		cursor,
	}

	runsParameters = []openapi.Parameter{
		{Name: "job", In: "query", Type: textType, Description: "Only runs of this job."},
		{Name: "state", In: "query", Type: reflect.TypeFor[store.State](), Repeated: true,
			Description: "Only runs in these states: given several times, or once with commas between."},
		{Name: "undelivered", In: "query", Type: reflect.TypeFor[bool](), Description: "Only runs that owe a message."},
		{Name: "limit", In: "query", Type: reflect.TypeFor[int](), Most: mostPage, Description: "How many at most; 100 if it isn't given."},
		{Name: "before", In: "query", Type: textType,
			Description: "Only runs of ticks before this time, or those that come after this run in the list."},
		cursor,
	}

	wildcards = map[string]openapi.Parameter{
		"job": {Name: "job", In: "path", Type: textType, Description: "The name of a job."},
		"run": {Name: "run", In: "path", Type: textType, Description: "The id of a run, as a list of runs has it."},
	}
)

// retryAfter is when to ask again, in seconds.
var retryAfter = openapi.Header{Name: "Retry-After", Description: "In how many seconds to ask again."}

// failures are the answers in problem+json.
func failures() map[int]openapi.Answer {
	all := map[int]openapi.Answer{}
	for status, description := range map[int]string{
		http.StatusBadRequest:            "The request can't be understood, or has what would be ignored.",
		http.StatusUnauthorized:          "The token is missing or is another one.",
		http.StatusForbidden:             "This may not be asked from there, of this host, or at all: the service may be read-only.",
		http.StatusNotFound:              "There is no such job or run.",
		http.StatusConflict:              "It can't be done as things stand.",
		http.StatusRequestEntityTooLarge: "The request is too large.",
		http.StatusTooManyRequests:       "The token is another one, and many such requests are waiting.",
		http.StatusInternalServerError:   "The runner's own fault; its log says more.",
		http.StatusServiceUnavailable:    "The database doesn't answer.",
		http.StatusInsufficientStorage:   "The disk of the ledger is full.",
	} {
		all[status] = openapi.Answer{Description: description, Kind: "application/problem+json", Body: reflect.TypeFor[problem]()}
	}
	addHeader(all, http.StatusUnauthorized, openapi.Header{Name: "WWW-Authenticate", Description: "That a Bearer token is asked for."})
	addHeader(all, http.StatusTooManyRequests, retryAfter)
	addHeader(all, http.StatusServiceUnavailable, retryAfter)
	return all
}

func addHeader(all map[int]openapi.Answer, status int, h openapi.Header) {
	a := all[status]
	a.Headers = append(a.Headers, h)
	all[status] = a
}
