package kept

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
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

	dir     *Dir
	name    string
	file    *os.File
	records *os.File // that were a spool's; nil: they are in file
	from    int64    // behind the head
	to      int64    // behind the last whole page
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
	if records, err := d.Root.Open(recordsOf(name)); err == nil {
		k.records = records
	}
	k.load(key)
	if k.Records == 0 || time.Since(k.Since) > keepParts {
		k.Close()
		return nil
	}
	return k
}

func (k *Earlier) load(key string) {
	in := k.reader(0, math.MaxInt64)
	line, err := in.lines.line()
	var head pagesHead
	if err != nil || json.Unmarshal(line, &head) != nil || head.Key != key {
		return
	}
	k.Since, k.from = head.At, in.lines.pos
	sum, records := newPageSum(line), int64(0)
	for {
		line, meta, said, err := in.next()
		switch {
		case err != nil:
			return
		case meta == nil:
			sum.add(line)
			records++
			continue
		case sum.end(meta) != said:
			return
		}
		k.Pages, k.Records, k.to = k.Pages+1, k.Records+records, in.lines.pos
		records = 0
	}
}

// Each gives the records to one function, and to the other what was kept with
// a page when its records are through. It stops at the first error.
func (k *Earlier) Each(record, page func([]byte) error) error {
	in := k.reader(k.from, k.to-k.from)
	for {
		line, meta, _, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case meta == nil:
			err = record(line[:len(line)-1])
		default:
			err = page(meta)
		}
		if err != nil {
			return err
		}
	}
}

// reader reads a part of the file from the first page on.
func (k *Earlier) reader(from, size int64) *keptReader {
	in := &keptReader{lines: newPageReader(io.NewSectionReader(k.file, from, size))}
	if k.records != nil {
		in.records = newPageReader(io.NewSectionReader(k.records, 0, math.MaxInt64))
	}
	return in
}

// keptReader gives records and ends of pages, whichever file they are in.
type keptReader struct {
	lines   *pageReader
	records *pageReader // nil: they are among lines
	page    []byte      // that comes behind its records, while they are read
	end     int64       // where they end
}

// next gives the next record, as a line, or what was kept with a page, and its
// checksum. All are valid until the next call.
func (r *keptReader) next() (record, meta []byte, sum string, err error) {
	if r.page == nil {
		line, err := r.lines.line()
		if err != nil {
			return nil, nil, "", err
		}
		if line[0] != pageMark {
			return line, nil, "", nil
		}
		r.page = line
		if r.end, err = r.endOf(line); err != nil {
			return nil, nil, "", err
		}
	}
	if r.records != nil && r.records.pos < r.end {
		record, err = r.records.line()
		return record, nil, "", err
	}
	line, head := r.page, 1+sumDigits
	r.page = nil
	if len(line) < head+1 {
		return nil, nil, "", errNotWhole
	}
	sum = string(line[1:head])
	if r.records != nil {
		head += placeDigits
	}
	return nil, line[head : len(line)-1], sum, nil
}

// endOf reads where a page's records end.
func (r *keptReader) endOf(line []byte) (int64, error) {
	if r.records == nil {
		return 0, nil
	}
	if len(line) < 1+sumDigits+placeDigits+1 {
		return 0, errNotWhole
	}
	end, err := strconv.ParseInt(string(line[1+sumDigits:1+sumDigits+placeDigits]), 16, 64)
	if err != nil {
		return 0, errNotWhole
	}
	return end, nil
}

// Close lets the files go; what they hold stays.
func (k *Earlier) Close() {
	if k == nil {
		return
	}
	_ = k.file.Close()
	if k.records != nil {
		_ = k.records.Close()
	}
}

// Remove removes what was kept.
func (k *Earlier) Remove() {
	if k != nil {
		k.Close()
		k.dir.RemoveFile(k.name)
		k.dir.RemoveFile(recordsOf(k.name))
	}
}

// DropPages removes the pages that the attempts of a run have kept.
func (d *Dir) DropPages(run string) {
	folder := partsFolder(run)
	files, _ := d.ReadDir(folder)
	for _, f := range files {
		if ext := filepath.Ext(f.Name()); ext == pagesSuffix || ext == recordsSuffix {
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

func newPageReader(in io.Reader) *pageReader {
	return &pageReader{in: bufio.NewReaderSize(in, pagesBuffer)}
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
