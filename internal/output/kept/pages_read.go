package kept

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxPagesLine bounds a line of kept pages: no record is that long.
const maxPagesLine = 1 << 30

// Earlier are the whole pages of a list that an earlier attempt has kept.
type Earlier struct {
	Since   time.Time // when the oldest was read
	Pages   int
	Records int64

	dir  *Dir
	name string
	file *os.File
	from int64 // behind the head
	to   int64 // behind the last whole page
}

// KeptPages gives what was kept of a run's list: of several attempts, the one
// that got farthest. Nil: nothing that can be used.
func (d *Dir) KeptPages(run, key string) *Earlier {
	folder := partsFolder(run)
	files, _ := d.ReadDir(folder) // what can't be read is read from the server
	var best *Earlier
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), listName(key)+"-") || filepath.Ext(f.Name()) != pagesSuffix {
			continue
		}
		k := d.loadPages(filepath.Join(folder, f.Name()), key)
		switch {
		case k == nil:
		case best == nil || k.Records > best.Records:
			best.Close()
			best = k
		default:
			k.Close()
		}
	}
	return best
}

// loadPages reads a file up to its last whole page; nil: there is none.
func (d *Dir) loadPages(name, key string) *Earlier {
	file, err := d.Root.Open(name)
	if err != nil {
		return nil
	}
	k := &Earlier{dir: d, name: name, file: file}
	if k.load(key); k.Records == 0 || time.Since(k.Since) > keepParts {
		k.Close()
		return nil
	}
	return k
}

func (k *Earlier) load(key string) {
	in := &pageReader{in: bufio.NewReaderSize(k.file, pagesBuffer)}
	line, err := in.line()
	var head pagesHead
	if err != nil || json.Unmarshal(line, &head) != nil || head.Key != key {
		return
	}
	k.Since, k.from = head.At, in.pos
	sum, records := newPageSum(line), int64(0)
	for {
		line, err := in.line()
		if err != nil {
			return
		}
		if line[0] != pageMark {
			sum.add(line)
			records++
			continue
		}
		said, meta, whole := pageEnd(line)
		if !whole || sum.end(meta) != said {
			return
		}
		k.Pages, k.Records, k.to = k.Pages+1, k.Records+records, in.pos
		records = 0
	}
}

// Each gives the records to one function, and to the other what was kept with
// a page when its records are through. It stops at the first error.
func (k *Earlier) Each(record, page func([]byte) error) error {
	in := &pageReader{in: bufio.NewReaderSize(io.NewSectionReader(k.file, k.from, k.to-k.from), pagesBuffer)}
	for {
		line, err := in.line()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if line[0] != pageMark {
			if err := record(line[:len(line)-1]); err != nil {
				return err
			}
			continue
		}
		_, meta, _ := pageEnd(line)
		if err := page(meta); err != nil {
			return err
		}
	}
}

// pageEnd reads the line behind a page's records.
func pageEnd(line []byte) (sum string, meta []byte, whole bool) {
	if len(line) < 1+sumDigits+1 {
		return "", nil, false
	}
	return string(line[1 : 1+sumDigits]), line[1+sumDigits : len(line)-1], true
}

// Close lets the file go; what it holds stays.
func (k *Earlier) Close() {
	if k != nil {
		_ = k.file.Close()
	}
}

// Remove removes what was kept.
func (k *Earlier) Remove() {
	if k != nil {
		k.Close()
		k.dir.RemoveFile(k.name)
	}
}

// DropPages removes the pages that the attempts of a run have kept.
func (d *Dir) DropPages(run string) {
	folder := partsFolder(run)
	files, _ := d.ReadDir(folder)
	for _, f := range files {
		if filepath.Ext(f.Name()) == pagesSuffix {
			d.RemoveFile(filepath.Join(folder, f.Name()))
		}
	}
	_ = d.Root.Remove(folder) // one with parts in it stays
}

// pageReader reads lines and counts their bytes.
type pageReader struct {
	in  *bufio.Reader
	pos int64
	buf []byte
}

// line gives a line with its end, valid until the next call.
func (r *pageReader) line() ([]byte, error) {
	r.buf = r.buf[:0]
	for {
		piece, err := r.in.ReadSlice('\n')
		r.pos += int64(len(piece))
		switch {
		case err == nil && len(r.buf) == 0:
			return piece, nil
		case err == nil:
			r.buf = append(r.buf, piece...)
			return r.buf, nil
		case errors.Is(err, bufio.ErrBufferFull) && len(r.buf) < maxPagesLine:
			r.buf = append(r.buf, piece...)
		case errors.Is(err, io.EOF) && len(piece) == 0 && len(bytes.TrimSpace(r.buf)) == 0:
			return nil, io.EOF
		default:
			return nil, errNotWhole
		}
	}
}
