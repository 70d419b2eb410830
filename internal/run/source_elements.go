package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/run/building"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/version"
)

// elementSource gives the building elements of a version as records. It is safe for use
// by several goroutines.
type elementSource struct {
	*jobs.Elements
	reader *reader
	spec   elements.Spec

	mu    sync.Mutex
	kinds map[string]elements.Kind // of the values read so far, by dotted path; Text where they differ
	blind bool                     // a version's kinds weren't kept: none are known for sure
}

func newElementSource(r *reader) *elementSource {
	return &elementSource{Elements: r.Job.Elements, reader: r, spec: r.Job.Elements.Spec(), kinds: map[string]elements.Kind{}}
}

func (b *elementSource) hash() string      { return b.Hash() }
func (b *elementSource) single() bool      { return false }
func (b *elementSource) newestFirst() bool { return false }
func (b *elementSource) noun() string      { return "elements" }
func (b *elementSource) typesFrom() string { return "as the version has it" }

// Names of the variables of a list of elements.
const (
	askedProject = "project"
	askedModel   = "model"
	askedVersion = "version"
)

// fill expands the ids.
func (b *elementSource) fill(it item) (map[string]jsontext.Value, error) {
	values, asked := b.reader.values(it.values), map[string]jsontext.Value{}
	for name, template := range map[string]placeholder.Template{askedProject: b.Project, askedModel: b.Model, askedVersion: b.Version} {
		text, err := b.ofRun(name), error(nil)
		if text == "" && template.IsZero() {
			continue
		}
		if text == "" {
			text, err = template.Expand(values, placeholder.Variable)
		}
		if err == nil && text == "" {
			err = errors.New("it is empty: it has to be an id")
		}
		if err != nil {
			return nil, fmt.Errorf("elements: %s: %w", name, err)
		}
		if asked[name], err = jsontext.AppendQuote(nil, text); err != nil {
			return nil, fmt.Errorf("elements: %s: %w", name, err)
		}
	}
	return asked, nil
}

// ofRun gives an id that is the run's own; "": the job's is taken.
func (b *elementSource) ofRun(name string) string {
	of := b.reader.Of
	return map[string]string{askedProject: of.Project, askedModel: of.Model, askedVersion: of.Version}[name]
}

// choose finds the version that a list is read of.
func (b *elementSource) choose(ctx context.Context, list *reading) (*version.Version, error) {
	var ids [3]string
	for i, name := range [...]string{askedProject, askedModel, askedVersion} {
		if text, given := list.variables[name]; given {
			if json.Unmarshal(text, &ids[i]) != nil {
				return nil, fmt.Errorf("elements: the variable %s is %s: it has to be an id", name, said.Quoted(string(text)))
			}
		}
	}
	v, err := version.Find(ctx, b.reader.client, version.Ref{Project: ids[0], Model: ids[1], Version: ids[2]})
	if err != nil {
		return nil, b.askedFor(err, ids[1], ids[0])
	}
	b.reader.Log.Info().Str("model", v.Model).Str("version", v.ID).Str("kind", string(v.Kind())).Msg("version chosen")
	return &v, nil
}

// askedFor puts the ids that were asked for before an error about something not found.
func (b *elementSource) askedFor(err error, model, project string) error {
	failed, typed := errors.AsType[*speckle.Error](err)
	if !typed || failed.Kind != speckle.NotFound && failed.Kind != speckle.NoAccess {
		return err
	}
	words := b.reader.words()
	return fmt.Errorf("model %s of project %s: %w", shownValue(askedModel, model, words), shownValue(askedProject, project, words), err)
}

// read downloads the version and makes its records.
func (b *elementSource) read(ctx context.Context, list *reading) (stats speckle.Stats, err error) {
	r := b.reader
	folder, remove, err := r.runner.Dir.NewScratch(r.Run)
	if err != nil {
		return speckle.Stats{Total: -1}, err
	}
	defer func() { r.noteLeftover(remove()) }()
	opened, took, err := building.Open(ctx, *list.version, building.Options{
		Client: r.client, Storage: r.storage, Scratch: folder, Budget: r.budget, Redactor: r.Redactor, Log: r.Log,
		Progress: func(p version.Progress) { list.progress(speckle.Progress{Total: -1, Bytes: p.Bytes}) },
	})
	stats = speckle.Stats{Total: -1, Requests: took.Requests + 1, Bytes: took.Bytes, Clock: took.Clock}
	if err != nil {
		return stats, err
	}
	defer func() { r.noteLeftover(opened.Close()) }()
	return stats, b.write(ctx, opened, list, &stats)
}

// noteLeftover logs that files couldn't be removed, as when a virus scanner on Windows has
// them open. The run has its records all the same.
func (r *reader) noteLeftover(err error) {
	if err != nil {
		r.Log.Warn().Str("error", r.words().Text(err.Error())).
			Msg("what the version took on the disk wasn't all removed: the next start does it")
	}
}

// progressEvery is after how many records progress is reported.
const progressEvery = 4096

// write makes records of the elements of an open version.
func (b *elementSource) write(ctx context.Context, from *building.Building, list *reading, stats *speckle.Stats) error {
	made, err := elements.Write(ctx, from, b.spec, func(record []byte) error {
		stats.Records++
		if stats.Records%progressEvery == 0 {
			list.progress(speckle.Progress{Records: stats.Records, Total: -1, Bytes: stats.Bytes})
		}
		if err := list.sink.Record(record); err != nil {
			return err
		}
		return sink.RoomFor(list.spool, b.reader.Job.MaxBytes)
	})
	if err != nil {
		if as[*sink.ProgramError](err) || as[*sink.RoomError](err) {
			return err // it is about the record
		}
		if none, is := errors.AsType[*elements.NoElementsError](err); is {
			none.Beside = from.Counted()
		}
		return fmt.Errorf("version %s: %w", from.Version.ID, err)
	}
	stats.Pages, stats.Warnings = 1, from.Warnings
	for _, w := range made.Warnings {
		stats.Warnings = append(stats.Warnings, "version "+from.Version.ID+": "+w)
	}
	list.columns = made.Columns
	if !list.item {
		b.join(list.columns)
	}
	list.progress(speckle.Progress{Pages: 1, Records: stats.Records, Total: -1, Bytes: stats.Bytes})
	return list.sink.EndPage(speckle.Page{Number: 1, Data: jsontext.Value("{}"), Records: int(stats.Records)})
}

// join adds what is known of a version's columns; nil: nothing is known of them.
func (b *elementSource) join(columns []elements.Column) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blind = b.blind || columns == nil
	for _, c := range columns {
		switch known := b.kinds[c.Name]; {
		case known == elements.Absent:
			b.kinds[c.Name] = c.Kind
		case c.Kind != elements.Absent && c.Kind != known:
			b.kinds[c.Name] = elements.Text
		}
	}
}

// columns gives the fields of a record. What lies below properties only the data shows.
func (b *elementSource) columns() []query.Column {
	var all []query.Column
	for _, name := range b.Fields() {
		all = append(all, query.Column{Path: []string{name}})
	}
	if b.Nested() {
		all = append(all, query.Column{Path: []string{"properties"}, Free: true})
	}
	return all
}

// columnsAt gives the value at a path, where it is known to be a single one.
func (b *elementSource) columnsAt(path []string) []query.Column {
	if scalar := b.scalarAt(path); scalar != "" {
		return []query.Column{{Type: scalar}}
	}
	return nil
}

// scalarAt names the kind of the values at a path as a GraphQL schema would.
func (b *elementSource) scalarAt(path []string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.blind {
		return ""
	}
	switch b.kinds[strings.Join(path, ".")] {
	case elements.Text:
		return "String"
	case elements.Number:
		return "Float"
	case elements.Boolean:
		return "Boolean"
	default:
		return ""
	}
}

func (b *elementSource) typeOf(path []string) string { return record.TypeOf(b.scalarAt(path)) }

// unsure is true below properties: one version has a property that another hasn't.
func (b *elementSource) unsure(place jq.Origin) bool {
	return place.Data || len(place.Path) == 0 || !slices.Contains(b.Fields(), place.Path[0])
}
