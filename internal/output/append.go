package output

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

// Append writes the file that is at the target, with the run's part in it:
// behind those of earlier ticks, or in place of what the same run wrote
// before. The file is copied, because its readers must not see half a part. It
// gives a warning where somebody else has changed the file since.
func (s *Staged) Append(ctx context.Context, a target.Append) (warning string, err error) {
	s.grows = true
	if err := s.reserve(growthPath(s.target)); err != nil {
		return "", err
	}
	if info, err := s.dir.Root.Lstat(s.target); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", &disk.RefusedError{Err: fmt.Errorf("append to %s: a symbolic link lies there, and rows are added to files only: "+
			"give the output the path that it leads to (nothing was published)", s.path)}
	}
	old, err := s.dir.OpenRegular(s.target)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", s.fail("open", err)
	}
	g := &growth{Version: growthVersion}
	if err == nil {
		defer old.Close()
		if s.continues, err = old.Stat(); err != nil {
			return "", s.fail("open", err)
		}
		if g, warning, err = s.known(ctx, old, a); err != nil {
			return "", err
		}
		s.before = g.asBefore()
	}
	if !s.beginsAnew(g) {
		now, told, err := g.Form.agree(a)
		if err != nil {
			return warning, fmt.Errorf("append to %s: %w (nothing was published)", s.path, err)
		}
		g.Form = now
		warning = s.alsoTold(warning, told)
	}
	if a.Format.Table() {
		if a.Shape.Columns, err = record.TableColumns(ctx, a.Records, a.Shape.Columns); err != nil {
			return "", err
		}
		if err := s.settleColumns(g, &a); err != nil {
			return "", err
		}
	}
	return warning, s.appendPart(ctx, old, g, a)
}

// beginsAnew reports whether no record is in the file.
func (s *Staged) beginsAnew(g *growth) bool {
	return s.continues == nil || s.continuesEmpty || g.Own && g.rows() == 0
}

// alsoTold makes one warning of all.
func (s *Staged) alsoTold(warning string, more []string) string {
	if len(more) == 0 {
		return warning
	}
	told := s.path + ": " + strings.Join(more, "; ")
	if warning == "" {
		return told
	}
	return warning + "; " + told
}

// settleColumns makes the part fit the table; one without rows may still get
// other columns.
func (s *Staged) settleColumns(g *growth, a *target.Append) error {
	if s.beginsAnew(g) {
		s.continuesEmpty = s.continues != nil
		*g = growth{Version: growthVersion, Columns: record.Headers(a.Shape.Columns)}
		return nil
	}
	if a.Records.Count == 0 {
		a.Shape.Columns = nil // nothing to write: nothing to compare
		for _, name := range g.Columns {
			a.Shape.Columns = append(a.Shape.Columns, record.Column{Name: name, Path: record.SplitPath(name)})
		}
		return nil
	}
	columns, err := columnsFor(g.Columns, a.Shape.Columns)
	if err != nil {
		return fmt.Errorf("append to %s: %w (nothing was published)", s.path, err)
	}
	a.Shape.Columns = columns
	return nil
}

// appendPart copies what comes before, writes the part, and copies the rest.
func (s *Staged) appendPart(ctx context.Context, old *os.File, g *growth, a target.Append) error {
	if old == nil || s.continuesEmpty {
		if err := s.begin(ctx, g, a); err != nil {
			return err
		}
	}
	number, at, instead := g.place(s.by.Run, a.Tick)
	if old != nil && !s.continuesEmpty {
		if err := s.copyPart(ctx, io.NewSectionReader(old, 0, at), at); err != nil {
			return err
		}
		if s.endLine {
			if err := format.EndLine(s, a.Format); err != nil {
				return err
			}
			g.Base = s.bytes
		}
	}
	before := s.bytes
	a.Shape.NoHeader = true
	if a.Records.Count > 0 {
		if err := format.Encode(ctx, s, a.Format, a.Records, a.Shape); err != nil {
			return err
		}
	}
	part := segment{Run: s.by.Run, Tick: a.Tick.UTC(), Bytes: s.bytes - before, Records: a.Records.Count}
	if old != nil && !s.continuesEmpty {
		rest := s.continues.Size() - at - instead
		if err := s.copyPart(ctx, io.NewSectionReader(old, at+instead, rest), rest); err != nil {
			return err
		}
	}
	g.Segments = append(g.Segments[:number:number], append([]segment{part}, g.Segments[number:]...)...)
	g.bound()
	g.Size = s.bytes
	s.growth = g
	return nil
}

// begin writes the head of a new file.
func (s *Staged) begin(ctx context.Context, g *growth, a target.Append) error {
	if a.Format.Table() {
		none := record.Records{Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }}
		if err := format.Encode(ctx, s, a.Format, none, a.Shape); err != nil {
			return err
		}
	}
	g.Base, g.Own, g.Form = s.bytes, true, formOf(a)
	return nil
}

func (s *Staged) copyPart(ctx context.Context, from io.Reader, size int64) error {
	before := s.bytes
	if err := record.CopyAll(ctx, s, from); err != nil {
		return err
	}
	if got := s.bytes - before; got != size {
		return s.fail("copy", fmt.Errorf("%d of %d bytes came back", got, size))
	}
	return nil
}

// known gives the index of a file that is still what was published; of another
// one, an index that takes all of it for the base.
func (s *Staged) known(ctx context.Context, old *os.File, a target.Append) (g *growth, warning string, err error) {
	size := s.continues.Size()
	hash := sha256.New()
	if err := record.CopyAll(ctx, hash, io.NewSectionReader(old, 0, size)); err != nil {
		return nil, "", s.fail("read", err)
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	index := s.dir.readGrowth(s.target)
	if g := index.of(sum); g != nil && g.Size == size {
		if g.Form == nil && (g.rows() > 0 || !g.Own) { // an older version's index
			found, err := s.look(ctx, old, a, g.Columns)
			if err != nil {
				return nil, "", err
			}
			g.Form = &found.form
		}
		return g, "", nil
	}
	g = &growth{Version: growthVersion, Size: size, SHA256: sum, Base: size}
	if size == 0 {
		s.continuesEmpty = true
		return g, "", nil
	}
	found, err := s.look(ctx, old, a, nil)
	if err != nil {
		return nil, "", err
	}
	g.Form, g.Columns, s.endLine, s.continuesEmpty = &found.form, found.columns, found.cut, found.empty
	return g, s.strange(index, found), nil
}

// strange warns of a file whose parts aren't known.
func (s *Staged) strange(index *growth, found *look) string {
	warning := s.path + " was changed by somebody else: which run wrote which part of it isn't known any more, and a run that is repeated " +
		"will be in it twice"
	if index == nil {
		warning = fmt.Sprintf("%s was there already, and %s beside it is missing or can't be read: which run wrote which part of it isn't "+
			"known, and a run that is in it and is repeated will be in it twice", s.path, filepath.Base(growthPath(s.target)))
	}
	if found.crlf {
		warning += "; its lines end in CR LF, and new ones in LF"
	}
	return warning
}
