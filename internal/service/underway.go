package service

import (
	"sync"

	"speckle-runner/internal/run"
	"speckle-runner/internal/web/ui"
)

// underway is how far this node's runs are, for who looks. Nothing of it is
// written down.
type underway struct{ runs sync.Map } // run.Progress, by the id of a run

// follow gives who is told of a run's progress, and what ends that.
func (u *underway) follow(id string) (tell func(run.Progress), end func()) {
	return func(p run.Progress) { u.runs.Store(id, p) }, func() { u.runs.Delete(id) }
}

// of says how far a run is; false: it isn't one of this node, or has read nothing yet.
func (u *underway) of(id string) (ui.Progress, bool) {
	found, ok := u.runs.Load(id)
	if !ok {
		return ui.Progress{}, false
	}
	p := found.(run.Progress) //nolint:forcetypeassert // nothing else is stored
	return ui.Progress{Doing: string(p.Stage), Pages: p.Pages, Records: p.Records, Total: p.Total, Items: p.Items, AllItems: p.AllItems}, true
}
