package kept

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/output/disk"
)

// OpenParts opens what earlier attempts of a run have left here. once says that
// a part must not be done twice: then what is noted is on the disk before it
// goes on, and holds whatever its age.
func (d *Dir) OpenParts(run string, once bool) (*Parts, error) {
	p := &Parts{dir: d, folder: partsFolder(run), once: once, known: map[string]knownPart{}}
	files, err := d.ReadDir(p.folder)
	if err != nil {
		return nil, fmt.Errorf("open %s in %s: %w", partsDir, d.Path(), err)
	}
	slices.SortFunc(files, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }) // by time
	for _, f := range files {
		if filepath.Ext(f.Name()) == partsSuffix {
			if err := p.load(filepath.Join(p.folder, f.Name())); err != nil {
				p.Close()
				return nil, fmt.Errorf("open %s in %s: %w", partsDir, d.Path(), err)
			}
		}
	}
	suffix := partsSuffix
	if once {
		suffix = onceSuffix
	}
	p.name = filepath.Join(p.folder, fmt.Sprintf("%020d-%s%s", time.Now().UnixNano(), disk.RandomName(), suffix))
	if once {
		err = p.open()
	}
	return p, err
}

// load reads an earlier attempt's file up to its end, or to what isn't whole:
// whatever stands behind that can't be trusted.
func (p *Parts) load(name string) error {
	file, err := p.dir.Root.Open(name)
	if err != nil {
		return disk.Cause(err)
	}
	p.read, p.found = append(p.read, file), true
	in := &frameReader{in: bufio.NewReaderSize(file, 64<<10), sum: sha256.New()}
	for {
		head, from, err := in.next()
		if err != nil {
			if errors.Is(err, errNotWhole) || errors.Is(err, io.EOF) {
				return nil
			}
			return disk.Cause(err)
		}
		key := head.Key
		head.Key = ""
		if p.known[key].State != PartDone || head.State == PartDone {
			p.known[key] = knownPart{head, file, from}
		}
	}
}

// errNotWhole is what a frame that was cut off, or damaged, gives.
var errNotWhole = errors.New("the frame isn't whole")

type frameReader struct {
	in  *bufio.Reader
	sum hash.Hash
	pos int64
}

// next reads one frame and checks it; from is where its records begin.
func (r *frameReader) next() (head frame, from int64, err error) {
	r.sum.Reset()
	text, err := r.line()
	if err != nil {
		return head, 0, err
	}
	r.sum.Write(text)
	if json.Unmarshal(text, &head) != nil || head.Key == "" || head.Bytes < 0 || head.Records < 0 {
		return head, 0, errNotWhole
	}
	from = r.pos
	n, err := io.CopyN(r.sum, r.in, head.Bytes)
	r.pos += n
	if err != nil {
		return head, 0, errors.Join(errNotWhole, err)
	}
	var tail frame
	text, err = r.line()
	switch {
	case errors.Is(err, io.EOF):
		return head, 0, errNotWhole
	case err != nil:
		return head, 0, err
	case json.Unmarshal(text, &tail) != nil || tail.SHA256 != hex.EncodeToString(r.sum.Sum(nil)):
		return head, 0, errNotWhole
	}
	return head, from, nil
}

// line reads a line with its end.
func (r *frameReader) line() ([]byte, error) {
	var text []byte
	for {
		piece, err := r.in.ReadSlice('\n')
		r.pos += int64(len(piece))
		text = append(text, piece...)
		switch {
		case err == nil && bytes.HasSuffix(text, []byte("\n")):
			return text, nil
		case errors.Is(err, io.EOF) && len(text) > 0, len(text) > maxFrameHead:
			return nil, errNotWhole
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// DropParts removes what the attempts of a run have kept.
func (d *Dir) DropParts(run string) { d.dropFolder(partsFolder(run)) }

func (d *Dir) dropFolder(folder string) {
	d.mu.Lock()
	delete(d.made, folder)
	d.mu.Unlock()
	files, err := d.ReadDir(folder)
	if files == nil && err == nil {
		return // it isn't there
	}
	for _, f := range files {
		d.RemoveFile(filepath.Join(folder, f.Name()))
	}
	_ = d.Root.Remove(folder) // what can't be removed now is removed at a later start
}

// SweepParts removes what runs have kept that nobody went on with, and gives
// how many files there were.
func (d *Dir) SweepParts(now time.Time) (removed int) {
	runs, _ := d.ReadDir(filepath.FromSlash(partsDir))
	for _, run := range runs {
		folder := filepath.Join(filepath.FromSlash(partsDir), run.Name())
		files, _ := d.ReadDir(folder)
		info, err := run.Info()
		old := err == nil && now.Sub(info.ModTime()) > keepParts
		for _, f := range files {
			age := keepParts
			if strings.HasSuffix(f.Name(), onceSuffix) {
				age = keepOnce
			}
			info, err := f.Info()
			old = old && err == nil && now.Sub(info.ModTime()) > age
		}
		if old {
			d.dropFolder(folder)
			removed += len(files)
		}
	}
	return removed
}
