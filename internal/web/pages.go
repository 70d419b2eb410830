package web

import (
	"context"
	"net/http"
	"net/url"

	"speckle-runner/internal/web/ui"
)

// newPages makes the pages that people look at.
func (s *Server) newPages() *ui.UI {
	return ui.New(ui.Options{
		Scheduler: s.o.Scheduler, Store: s.o.Store, Reload: s.o.Reload, OtherFiles: s.o.OtherFiles,
		Token:   func(job string) *ui.Token { return s.preflight(job).page() },
		Trouble: s.trouble, Start: s.startByPage, Try: s.o.Try, Progress: s.o.Progress, Log: s.o.Log, OutputDir: s.o.OutputDir,
		Base: string(s.o.BasePath), ReadOnly: s.o.ReadOnly, Login: !s.o.Token.IsZero(), Now: s.o.Now,
	})
}

// page is what the pages tell of a token.
func (p *Preflight) page() *ui.Token {
	if p == nil {
		return nil
	}
	return &ui.Token{CheckedAt: p.CheckedAt, OK: p.OK, Error: p.Error, Unasked: p.Unasked, ExpiresAt: p.ExpiresAt, ID: p.ID, Owner: p.Owner,
		Listed: p.Listed, Scopes: p.Scopes}
}

// trouble is what keeps runs from beginning, or from writing, "" for nothing. A database that
// is read, and takes nothing that is written, is known before the tick loop counts as stuck.
func (s *Server) trouble() (what, todo string) {
	health := s.loop()
	if err := s.o.Store.DownError(); err != nil && health.Error == "" {
		is, hint := s.o.Store.Trouble(err)
		return "the database " + is, hint
	}
	if s.o.Unwritable != nil && health.Error == "" {
		if err := s.o.Unwritable(); err != nil {
			return "exports can't be written: " + err.Error(), "mend that, and run again what failed"
		}
	}
	return health.Error, health.Hint
}

// startByPage queues a run for who has pressed a button.
func (s *Server) startByPage(r *http.Request, job string) (string, error) {
	run, err := s.startNow(r, job)
	if err == nil {
		s.o.Log.Info().Str("job", job).Str("run", run).Str("from", r.RemoteAddr).Msg("a run was asked for by a page")
	}
	return run, err
}

// html makes a page, or what a button does, a handler.
func (s *Server) html(do ui.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		r = r.WithContext(ctx)
		given, err := url.QueryUnescape(r.URL.RawQuery)
		if err != nil || !isText(given) || !isText(r.URL.Path) {
			s.fail(w, r, refuse(http.StatusBadRequest, "the address is not text", "follow a link instead of typing it"))
			return
		}
		if err := do(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}
