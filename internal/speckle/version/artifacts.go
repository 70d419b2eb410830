package version

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/elements/bundle"
	"speckle-runner/internal/patience"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// artifact is one file of a bundle. Its address opens it to everybody.
type artifact struct {
	name    string
	address secret.Value
}

// A bundle that isn't there is looked for again for this long.
const (
	readyWithin = 2 * time.Minute
	firstPause  = 2 * time.Second
	longPause   = 15 * time.Second
)

// listed waits for a bundle's files to be there, and gives those that are
// wanted, by suffix.
func (f *fetcher) listed(ctx context.Context) (map[string]artifact, error) {
	end := time.Now().Add(readyWithin)
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		list, err := f.list(ctx)
		failed, typed := errors.AsType[*speckle.Error](err)
		if err == nil && len(list) > 0 {
			return f.chosen(list)
		}
		if err != nil && (!typed || failed.Kind != speckle.NotFound) {
			return nil, err
		}
		left := time.Until(end)
		if left <= 0 {
			return nil, f.notReady(ctx, failed)
		}
		f.Log.Debug().Str("version", f.version.ID).Dur("pause_ms", pause).Msg("the version's files aren't there yet")
		if err := patience.Wait(ctx, min(pause, left)); err != nil {
			return nil, fmt.Errorf("wait for the files of version %s: %w", f.version.ID, err)
		}
	}
}

// maxList bounds the list of files: a name and an address each.
const maxList = 4 << 20

// list asks for the files of the version once.
func (f *fetcher) list(ctx context.Context) ([]artifact, error) {
	v := f.version
	var text []byte
	err := f.plain(ctx, speckle.Plain{
		Path: "/api/v2/projects/" + url.PathEscape(v.Project) + "/models/" + url.PathEscape(v.Model) + "/versions/" + url.PathEscape(v.ID) +
			"/artifacts",
		What:   "the files of version " + v.ID,
		Accept: "application/json",
		Take: func(body io.Reader) (err error) {
			text, err = io.ReadAll(io.LimitReader(body, maxList+1))
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Files []struct{ Name, URL string } `json:"files"`
	}
	if len(text) > maxList || json.Unmarshal(text, &answer) != nil {
		return nil, f.wrong(speckle.BadAnswer, "the list of its files isn't the JSON that was asked for", "")
	}
	list := make([]artifact, 0, len(answer.Files))
	for _, one := range answer.Files {
		a := artifact{one.Name, secret.New(one.URL)}
		f.learn(a.address)
		list = append(list, a)
	}
	return list, nil
}

// minPart is the shortest value in an address that is kept out of texts.
const minPart = 16

// learn keeps an address, and what opens it, out of all that is written.
func (f *fetcher) learn(address secret.Value) {
	f.redactor.Add(address)
	u, err := url.Parse(address.Reveal())
	if err != nil {
		return
	}
	f.redactor.Add(secret.New(u.RequestURI()))
	f.redactor.Add(secret.New(u.RawQuery))
	for _, values := range u.Query() {
		for _, value := range values {
			if len(value) >= minPart {
				f.redactor.Add(secret.New(value))
			}
		}
	}
}

const parquet = ".parquet"

// wholeOf gives the name of the file that a numbered one is a part of, as geometries have
// them: *.eav.eav.parquet of *.eav.eav.1.parquet. "" of what has no number.
func wholeOf(name string) string {
	stem, is := strings.CutSuffix(name, parquet)
	bare := strings.TrimRight(stem, "0123456789")
	if !is || bare == stem || bare == "" || !strings.ContainsAny(bare[len(bare)-1:], ".-_") {
		return ""
	}
	return bare[:len(bare)-1] + parquet
}

// chosen picks the files that are wanted.
func (f *fetcher) chosen(list []artifact) (map[string]artifact, error) {
	files := map[string]artifact{}
	for _, a := range list {
		at := slices.IndexFunc(bundle.Wanted, func(suffix string) bool { return strings.HasSuffix(a.name, suffix) })
		if at < 0 {
			if whole := wholeOf(a.name); slices.ContainsFunc(bundle.Wanted, func(suffix string) bool { return strings.HasSuffix(whole, suffix) }) {
				return nil, f.wrong(speckle.BadAnswer, "its bundle has a part of a file, "+f.words.Line(a.name, maxName)+
					", and this runner reads a table from one file alone", "is there a newer release of runner?")
			}
			continue
		}
		if before, twice := files[bundle.Wanted[at]]; twice {
			return nil, f.wrong(speckle.BadAnswer, fmt.Sprintf("two of its files are called *%s: %s and %s", bundle.Wanted[at],
				f.words.Line(before.name, maxName), f.words.Line(a.name, maxName)), "")
		}
		files[bundle.Wanted[at]] = a
	}
	for _, suffix := range bundle.Required {
		if _, there := files[suffix]; !there {
			return nil, f.wrong(speckle.BadAnswer, "its bundle has no file *"+suffix+", among "+said.Count(len(list), "file"),
				"publish the model again: a bundle without it can't be read")
		}
	}
	return files, nil
}

// notReady names both meanings of a bundle that stays away.
func (f *fetcher) notReady(ctx context.Context, failed *speckle.Error) error {
	answer := "an empty list of files"
	if failed != nil {
		answer = fmt.Sprintf("HTTP %d", failed.Status)
	}
	what := fmt.Sprintf("it is a bundle, and the server gives no files for it, for %s (%s): they aren't ready yet, or the token may not "+
		"have them", readyWithin, answer)
	if state := f.ingestion(ctx); state != "" {
		what += "; the model's latest ingestion is " + state
	}
	e := f.wrong(speckle.NotReady, what,
		"look whether the version opens in the browser; if it does, the token lacks streams:read or its owner access to the project")
	if failed != nil {
		e.Status, e.Code, e.RequestID = failed.Status, failed.Code, failed.RequestID
	}
	return e
}

const ingestionQuery = `query RunnerIngestion($project: String!, $model: String!) { project(id: $project) { model(id: $model) { latestIngestion { statusData { ... on HasModelIngestionStatus { status } ... on HasProgressMessage { progressMessage } } } } } }`

// ingestion asks what the producer is doing. Not all servers know the field,
// and those that don't refuse the whole query: so it is asked for by itself.
func (f *fetcher) ingestion(ctx context.Context) string {
	var answer struct {
		Project struct {
			Model struct {
				Latest struct {
					Data struct{ Status, ProgressMessage string } `json:"statusData"`
				} `json:"latestIngestion"`
			} `json:"model"`
		} `json:"project"`
	}
	if ask(ctx, f.Client, ingestionQuery, map[string]string{"project": f.version.Project, "model": f.version.Model}, &answer) != nil {
		return ""
	}
	data := answer.Project.Model.Latest.Data
	state := f.words.Line(data.Status, maxName)
	if state != "" && data.ProgressMessage != "" {
		state += " (" + f.words.Line(data.ProgressMessage, maxName) + ")"
	}
	return state
}
