package ui

import "net/http"

// CheckPath is where a job file is tried out: what comes there may be long.
const CheckPath = "/check"

// Handler answers a request with a page, or says why it can't.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is a page, or what a button does.
type Route struct {
	Method, Path string
	Open         bool // nothing about jobs is told: it needs no login
	Handler      Handler
}

// Routes gives all pages and buttons.
func (u *UI) Routes() []Route {
	routes := []Route{
		{"GET", "/{$}", false, u.overview},
		{"GET", "/jobs", false, u.toOverview},
		{"GET", "/jobs/{job}", false, u.job},
		{"POST", "/jobs/{job}/run", false, u.startJob},
		{"GET", "/jobs/{job}/try", false, u.trial},
		{"POST", "/jobs/{job}/try", false, u.startTrial},
		{"GET", "/runs/{run}", false, u.run},
		{"GET", "/runs/{run}/changes", false, u.changes},
		{"GET", "/runs/{run}/files/{file}", false, u.file},
		{"GET", "/runs/{run}/files/{file}/download", false, u.download},
		{"POST", "/runs/{run}/again", false, u.again},
		{"POST", "/runs/{run}/cancel", false, u.cancel},
		{"POST", "/runs/{run}/redeliver", false, u.redeliver},
		{"POST", "/runs/{run}/forget", false, u.forget},
		{"GET", "/calendar", false, u.calendar},
		{"GET", "/deliveries", false, u.deliveries},
		{"GET", "/tokens", false, u.tokens},
		{"GET", CheckPath, false, u.checkForm},
		{"POST", CheckPath, false, u.check},
	}
	for _, name := range assetNames() {
		routes = append(routes, Route{"GET", "/assets/" + name, true, serveAsset})
	}
	return routes
}
