package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web/ui/preview"
)

// previewRows is how many records of a file are shown.
const previewRows = 50

// filePage is a file that a run wrote, and its first records.
type filePage struct {
	Run, Job, Path string
	Number         int // among the run's files
	Size, Records  string
	SHA256         string
	Table          preview.Table
	Note           string // why there is no table, or what about it
	Download       string
}

// ErrNoFile says that a run has no file of a number, or that it isn't there to be sent.
var ErrNoFile = errors.New("no such file")

// published finds a run, and the number of a file of it.
func (u *UI) published(r *http.Request) (store.Run, int, error) {
	run, err := u.o.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return run, 0, err
	}
	n, err := strconv.Atoi(r.PathValue("file"))
	if err != nil || n < 1 || n > len(run.Files) {
		return run, 0, fmt.Errorf("%w: the run %s has none of number %q", ErrNoFile, run.Run, r.PathValue("file"))
	}
	return run, n, nil
}

// open opens what lies at a file's path now, below the output folder only.
func (u *UI) open(f store.File) (*os.File, fs.FileInfo, error) {
	if u.o.OutputDir == "" || strings.Contains(f.Path, "://") {
		return nil, nil, errElsewhere
	}
	root, err := os.OpenRoot(u.o.OutputDir)
	if err != nil {
		return nil, nil, fmt.Errorf("the output folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	name := filepath.FromSlash(f.Path)
	// Before it is opened: a pipe in its place would keep who opens it waiting for ever.
	if info, err := root.Stat(name); err != nil {
		return nil, nil, err
	} else if !info.Mode().IsRegular() {
		return nil, nil, errNoRegular
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

var (
	errElsewhere = errors.New("it lies in storage, where this page doesn't look")
	errNoRegular = errors.New("what lies there isn't a regular file")
)

// unplaced gives an error's text without the path that the system was asked for: the page
// names the file, and where folders lie on the server's disk isn't for everybody who reads it.
func unplaced(err error) string {
	text := err.Error()
	if of, is := errors.AsType[*fs.PathError](err); is {
		text = strings.Replace(text, of.Error(), of.Err.Error(), 1)
	}
	return secret.Mask(text)
}

// missing says why a file can't be shown.
func missing(err error) string {
	switch {
	case errors.Is(err, errElsewhere):
		return "The file lies in storage: open it there."
	case errors.Is(err, fs.ErrNotExist):
		return "The file isn't there any more: keep: of its output removes old ones, or somebody moved it. On another node's disk this one " +
			"can't see it."
	case errors.Is(err, preview.ErrUnknown):
		return "A file of this kind has no preview."
	}
	return "The file can't be read: " + unplaced(err)
}

func (u *UI) file(w http.ResponseWriter, r *http.Request) error {
	run, n, err := u.published(r)
	if err != nil {
		return err
	}
	f := run.Files[n-1]
	page := &filePage{Run: run.Run, Job: run.Job, Number: n, Path: secret.Mask(f.Path), Size: figures.Size(f.Bytes),
		Records: figures.Count(f.Records, "record"), SHA256: f.SHA256}
	file, info, err := u.open(f)
	if err != nil {
		page.Note = missing(err)
		return u.render(w, http.StatusOK, "file.html", frame{Title: path.Base(f.Path), Here: "/jobs", Page: page})
	}
	defer file.Close()
	page.Download = r.URL.Path + "/download"
	if info.Size() != f.Bytes {
		page.Note = "Another run has written this file since: what lies there now is shown."
	}
	select {
	case u.previews <- struct{}{}:
		defer func() { <-u.previews }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	if page.Table, err = preview.First(file, u.formatted(run.Job, &f), info.Size(), previewRows); err != nil {
		page.Note = missing(err)
	}
	return u.render(w, http.StatusOK, "file.html", frame{Title: path.Base(f.Path), Here: "/jobs", Page: page})
}

// download sends a file as it is, never to be shown by the browser.
func (u *UI) download(w http.ResponseWriter, r *http.Request) error {
	run, n, err := u.published(r)
	if err != nil {
		return err
	}
	f := run.Files[n-1]
	file, info, err := u.open(f)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrNoFile, missing(err))
	}
	defer file.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(f.Path)}))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	http.ServeContent(&steady{ResponseWriter: w}, r, "", info.ModTime(), file)
	return nil
}
