package version

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/elements/graph"
	"speckle-runner/internal/speckle"
)

// mask is what the server gives of each object: geometry stays there.
var mask = []string{
	"id", "applicationId", "speckle_type", "name", "category", "family", "type", "units", "ifcType", "properties",
	"level", "room", "space", "system", "host", "hostId", "elements", "@elements", "objects", "value",
}

// batch is how many objects one request asks for: more would cost more when it
// breaks off, fewer would meet the server's limit of requests.
const batch = 10_000

// maxObject bounds one object's line: Speckle takes none above 100 MB.
const maxObject = 128 << 20

// graph brings the root, which names all objects, and then those.
func (f *fetcher) graph(ctx context.Context) (data Data, err error) {
	data = Data{Kind: Graph, Graph: graph.Files{Root: f.place("root.json"), Objects: f.place("objects")}}
	if err := f.root(ctx, data.Graph.Root); err != nil {
		return Data{}, err
	}
	out, err := os.OpenFile(data.Graph.Objects, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return Data{}, fmt.Errorf("make room for the objects of version %s: %w", f.version.ID, err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	o := &objects{fetcher: f, file: out, ids: []string{f.version.Reference}}
	root, err := graph.Closure(ctx, data.Graph.Root, func(id string) error { return o.add(ctx, id) })
	if err != nil {
		return Data{}, err
	}
	if root != f.version.Reference {
		return Data{}, f.wrong(speckle.BadAnswer, "its root object came under another id", "")
	}
	return data, o.flush(ctx)
}

// root brings the root object, with its closure.
func (f *fetcher) root(ctx context.Context, path string) (err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("make room for the root of version %s: %w", f.version.ID, err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return f.plain(ctx, speckle.Plain{
		Path:    "/objects/" + url.PathEscape(f.version.Project) + "/" + url.PathEscape(f.version.Reference) + "/single",
		What:    "the root object of version " + f.version.ID,
		Accept:  "application/json",
		Objects: true,
		Take: func(body io.Reader) error {
			if err := out.Truncate(0); err != nil {
				return err
			}
			_, err := io.Copy(io.NewOffsetWriter(out, 0), body)
			return err
		},
	})
}

// objects brings objects by their ids, so many at a time.
type objects struct {
	*fetcher

	file *os.File
	end  int64    // of what stands in the file
	ids  []string // to ask for
	got  int64
	line []byte // reused
}

func (o *objects) add(ctx context.Context, id string) error {
	if o.ids = append(o.ids, id); len(o.ids) < batch {
		return nil
	}
	return o.flush(ctx)
}

// flush asks for the objects at hand, and once more for those that don't come.
func (o *objects) flush(ctx context.Context) error {
	if len(o.ids) == 0 {
		return nil
	}
	missing, err := o.ask(ctx, o.ids)
	if err == nil && len(missing) > 0 {
		o.Log.Info().Str("version", o.version.ID).Int("objects", len(missing)).Msg("objects are missing: they are asked for again")
		missing, err = o.ask(ctx, missing)
	}
	if err == nil && len(missing) > 0 {
		lost := o.words.Line(missing[0], maxName) + ", which its root names"
		if missing[0] == o.version.Reference {
			lost = "its root object among others"
		}
		err = &speckle.ShortError{
			Path: "version " + o.version.ID, Of: "objects", Got: o.got, Want: o.got + int64(len(missing)), Rereads: 1,
			Hint: "the server hasn't got " + lost,
		}
	}
	o.ids = o.ids[:0]
	return err
}

// ask brings objects, and gives the ids of those that don't come.
func (o *objects) ask(ctx context.Context, ids []string) (missing []string, err error) {
	body, err := json.Marshal(map[string]any{"objectIds": ids, "attributeMask": map[string]any{"include": mask}})
	if err != nil {
		return nil, err // texts always encode
	}
	var left map[string]bool
	var size int64
	err = o.plain(ctx, speckle.Plain{
		Path: "/api/v2/projects/" + url.PathEscape(o.version.Project) + "/object-stream", Body: body,
		What: "the objects of version " + o.version.ID, Accept: "text/plain", Objects: true,
		Take: func(in io.Reader) (err error) {
			left = make(map[string]bool, len(ids))
			for _, id := range ids {
				left[id] = true
			}
			size, err = o.take(in, left)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	o.end += size
	o.got += int64(len(ids) - len(left))
	o.progress.Objects, o.progress.Bytes = o.got, o.end
	o.report()
	for _, id := range ids {
		if left[id] {
			missing = append(missing, id)
		}
	}
	return missing, nil
}

// take writes the lines of one answer behind those that stand, each once, and
// takes them from those that are left.
func (o *objects) take(in io.Reader, left map[string]bool) (size int64, err error) {
	if err := o.file.Truncate(o.end); err != nil {
		return 0, err
	}
	out := bufio.NewWriterSize(io.NewOffsetWriter(o.file, o.end), 256<<10)
	lines := bufio.NewReaderSize(in, 256<<10)
	for {
		id, err := o.next(lines)
		if err == io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
			return size, out.Flush()
		}
		if err != nil {
			return 0, err
		}
		if !left[id] {
			return 0, o.wrong(speckle.BadAnswer, "the server gives object "+o.words.Line(id, maxName)+", which wasn't asked for, or a second time",
				"")
		}
		delete(left, id)
		n, err := out.Write(o.line)
		size += int64(n)
		if err != nil {
			return 0, err
		}
	}
}

// next reads a line and gives the id that it begins with.
func (o *objects) next(in *bufio.Reader) (string, error) {
	o.line = o.line[:0]
	for {
		part, err := in.ReadSlice('\n')
		o.line = append(o.line, part...)
		switch {
		case err == io.EOF && len(o.line) == 0:
			return "", io.EOF
		case err == io.EOF: // the last line may lack its end, if all else is there
			o.line = append(o.line, '\n')
			id, object, _ := bytes.Cut(o.line, []byte{'\t'})
			if !jsontext.Value(object).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
				return "", o.wrong(speckle.Network, "the objects broke off", "")
			}
			return string(id), nil
		case err == nil:
			id, _, found := bytes.Cut(o.line, []byte{'\t'})
			if !found {
				return "", o.wrong(speckle.BadAnswer, "the server gives objects as something else than lines of an id and JSON", "")
			}
			return string(id), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case len(o.line) > maxObject:
			return "", o.wrong(speckle.TooLarge, "an object is larger than "+speckle.Size(maxObject), "")
		}
	}
}
