package service

import (
	"sync"

	"speckle-runner/internal/run"
	"speckle-runner/internal/web/ui"
)

// underway holds how far this node's runs are, for pages and API. Nothing of it is
// written down.
type underway struct{ runs sync.Map } // run.Progress, by the id of a run

// follow gives what notes a run's progress, and what forgets it when the run is over.
func (u *underway) follow(id string) (note func(run.Progress), forget func()) {
	return func(p run.Progress) { u.runs.Store(id, p) }, func() { u.runs.Delete(id) }
}

// progress says how far a run is; false: it isn't one of this node, or has read nothing yet.
func (u *underway) progress(id string) (ui.Progress, bool) {
	noted, ok := u.runs.Load(id)
	if !ok {
		return ui.Progress{}, false
	}
	p := noted.(run.Progress) //nolint:forcetypeassert // nothing else is stored
	return ui.Progress{Doing: string(p.Stage), Pages: p.Pages, Records: p.Records, Total: p.Total, Items: p.Items, AllItems: p.AllItems}, true
}
