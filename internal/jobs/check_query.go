package jobs

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"strings"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// asked fills in what a job asks the server: query, variables, select and
// for_each.
func (l *loader) asked(n shape.NamedJob, out *Job) {
	j := n.Job
	l.each, l.hosted = nil, isHosted(out.Server)
	main := asking{inline: j.Query, file: j.QueryFile, variables: j.Variables, owner: n.Place, early: j.Until.Given(),
		given: func(string) bool { return false }}
	if f := j.ForEach.Value; f != nil {
		out.ForEach = l.forEach(f, j)
		main.each = true
		main.given = out.ForEach.gives
		l.each = out.ForEach
	}
	out.Elements = l.elements(j, main.each)
	if out.Elements != nil {
		main.variables = shape.Raw{} // told of
	}
	out.QueryFile = j.QueryFile.Value
	out.Query = l.query(main)
	out.Variables = l.variables(main, out.Query)
	l.lists(main, out.Query, j)
	if q := out.Query; q != nil {
		switch {
		case q.Kind == query.OperationMutation && !j.Mutation.Value:
			l.inQuery(main, query.Problem{Line: 1, Col: 1, Message: "a mutation changes data on the server",
				Hint: "add mutation: true to the job to allow it"}, false)
		case q.Kind != query.OperationMutation && j.Mutation.Value && j.At.Node.Has("mutation"):
			l.Warning(j.Mutation.At, document.Problem{Message: "the job has no mutation, so there is nothing to allow", Hint: "remove the key"})
		}
	}
	l.apart(j, out)
	out.Select = l.program(j.Select)
	if out.Select != nil && out.ForEach == nil && out.Select.Uses("each") {
		l.Problem(j.Select.At, document.Problem{Message: "$each is the record of a for_each, and this job has none"})
	}
	l.versionIn(j.Select, out)
	l.selectLooks(j.Select, out.Select, out.Query)
	l.elementLooks(j.Select, out.Select, out.Elements)
	out.Until = l.until(j.Until, out.Query, out.ForEach != nil)
	l.summarize(j, out)
	l.incremental(j, out)
	l.lookback(j, out)
}

// defaultBatch is how many items go into one request where nothing else is said.
const defaultBatch = 20

// apart warns of a batch for what is always asked one by one.
func (l *loader) apart(j *shape.Job, out *Job) {
	f := j.ForEach.Value
	switch {
	case f == nil || f.Batch.Value <= 1:
	case out.Elements != nil:
		l.Warning(f.Batch.At, document.Problem{Message: "elements are read one version at a time, so there is nothing to batch",
			Hint: "remove the key"})
	case out.Query != nil && out.Query.Kind != query.OperationQuery:
		l.Warning(f.Batch.At, document.Problem{Message: "only queries are sent in batches, so there is nothing to batch", Hint: "remove the key"})
	}
}

func (l *loader) forEach(f *shape.ForEach, j *shape.Job) *ForEach {
	a := asking{inline: f.Query, file: f.QueryFile, variables: f.Variables, owner: f.At, items: true, early: f.Until.Given(),
		given: func(string) bool { return false }}
	out := &ForEach{QueryFile: f.QueryFile.Value, Concurrency: f.Concurrency.Value, Batch: cmp.Or(f.Batch.Value, defaultBatch),
		Query: l.query(a)}
	out.Variables = l.variables(a, out.Query)
	l.lists(a, out.Query, j)
	if out.Query != nil && out.Query.Kind == query.OperationMutation {
		l.inQuery(a, query.Problem{Line: 1, Col: 1, Message: "for_each reads: it can't be a mutation", Hint: "make the mutation the job's query"},
			false)
	}
	out.Select = l.program(f.Select)
	if out.Select != nil && out.Select.Uses("each") {
		l.Problem(f.Select.At, document.Problem{Message: "$each is there in the job's own select only"})
	}
	l.noVersion(f.Select, out.Select)
	l.selectLooks(f.Select, out.Select, out.Query)
	out.Until, out.OnError = l.until(f.Until, out.Query, false), choices.OnError(f.OnError.Value)
	return out
}

// query reads an operation, from the job file or its own.
func (l *loader) query(a asking) *query.Query {
	body := a.inline.Value
	if !a.inline.Given() {
		if !a.file.Given() {
			return nil
		}
		file := l.queryFile(a.file)
		if !file.ok {
			return nil
		}
		body = strings.TrimPrefix(string(file.data), "\ufeff")
	}
	parsed := l.shared.query(body)
	for _, p := range parsed.problems {
		l.inQuery(a, pasted(body, p), false)
	}
	if parsed.query == nil {
		return nil
	}
	for _, p := range parsed.query.Warnings {
		l.inQuery(a, p, true)
	}
	l.unknown(a, parsed.unknown)
	return parsed.query
}

// queryFile reads a query's file, once for all jobs.
func (l *loader) queryFile(named shape.Text) *queryFile {
	name := fileKey(named.Value)
	if file := l.files[name]; file != nil {
		return file
	}
	if l.readFile == nil {
		l.Problem(named.At, document.Problem{Message: "a query file can't be read here", Hint: "write the query into the job file"})
		return &queryFile{}
	}
	data, err := l.readFile(named.Value)
	if err != nil {
		p := document.Problem{Message: "read " + named.Value + ": " + reason(err)}
		if errors.Is(err, fs.ErrNotExist) {
			p.Hint = "the path is relative to the job file's folder; where the job file is a link, to that of the link"
		}
		l.Problem(named.At, p)
		return &queryFile{}
	}
	shownName := named.Value
	if !path.IsAbs(shownName) {
		shownName = path.Join(pathOf(l.dir), shownName)
	}
	file := &queryFile{src: document.NewText(shownName, string(data)), data: data}
	file.ok = document.Readable(file.src, data, l.Problems)
	l.files[name] = file
	return file
}

// pathOf writes a folder with slashes, "" for the present one.
func pathOf(dir string) string {
	if dir == "." {
		return ""
	}
	return strings.ReplaceAll(dir, `\`, "/")
}

// isHosted reports whether a server may know more than the open source one. So
// may one that isn't known yet.
func isHosted(s endpoint.Server) bool {
	_, host, _ := strings.Cut(s.Origin(), "://")
	host, _, _ = strings.Cut(host, ":")
	return host == "" || strings.HasSuffix(host, hostedDomain)
}

// hostedDomain is where Speckle runs a server that is ahead of the open source
// one.
const hostedDomain = ".speckle.systems"
