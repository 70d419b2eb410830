package ui

import (
	"net/http"
)

// What buttons do: each changes one thing, and leads to where that is seen.

func (u *UI) startJob(w http.ResponseWriter, r *http.Request) error {
	run, err := u.o.Start(r, r.PathValue("job"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/runs/"+run, http.StatusSeeOther)
	return nil
}

// again runs the job of a run once more, now.
func (u *UI) again(w http.ResponseWriter, r *http.Request) error {
	run, err := u.o.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return err
	}
	next, err := u.o.Start(r, run.Job)
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/runs/"+next, http.StatusSeeOther)
	return nil
}

func (u *UI) cancel(w http.ResponseWriter, r *http.Request) error {
	return u.change(w, r, func(run string) error { return u.o.Store.Cancel(r.Context(), run) })
}

func (u *UI) redeliver(w http.ResponseWriter, r *http.Request) error {
	return u.change(w, r, func(run string) error {
		_, err := u.o.Store.Redeliver(r.Context(), run)
		return err
	})
}

// forget gives up what a run owes.
func (u *UI) forget(w http.ResponseWriter, r *http.Request) error {
	return u.change(w, r, func(run string) error {
		_, err := u.o.Store.Forget(r.Context(), run)
		return err
	})
}

// change does something with a run and leads back to it.
func (u *UI) change(w http.ResponseWriter, r *http.Request, do func(run string) error) error {
	run := r.PathValue("run")
	if err := do(run); err != nil {
		return err
	}
	u.o.Log.Info().Str("run", run).Str("path", r.URL.Path).Str("from", r.RemoteAddr).Msg("asked for by a page")
	http.Redirect(w, r, "/runs/"+run, http.StatusSeeOther) //nolint:gosec // the ledger knows this run
	return nil
}

func (u *UI) toOverview(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
