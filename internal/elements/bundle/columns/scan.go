package columns

import "context"

// batchRows is how many rows are read at a time.
const batchRows = 4096

// Scan goes through the rows of a file, a batch at a time. Columns that are
// asked for a batch give it; those that aren't cost nothing.
type Scan struct {
	file  *File
	skip  func(group int) bool
	left  []interface{ leave() error }
	head  []byte
	err   error
	group int
	row   int64 // of the group, where the batch begins
	n     int   // rows of the batch
	batch int   // its number, from 1
}

// Scan begins before the first row. Row groups that skip refuses are left out;
// skip nil reads all.
func (f *File) Scan(skip func(group int) bool) *Scan {
	return &Scan{file: f, skip: skip, group: -1}
}

// Next goes to the next batch; at the end, or when something is wrong, it gives false.
func (s *Scan) Next(ctx context.Context) bool {
	if s.err != nil {
		return false
	}
	s.err = ctx.Err()
	if s.err != nil {
		return false
	}
	s.row += int64(s.n)
	for s.group < 0 || s.row >= s.file.groups[s.group].rows {
		if s.group >= 0 && !s.leave() {
			return false
		}
		for s.group++; s.group < len(s.file.groups) && s.skip != nil && s.skip(s.group); s.group++ {
		}
		if s.group >= len(s.file.groups) {
			s.n = 0
			s.group, s.row = len(s.file.groups)-1, 0
			s.err = errEnd
			return false
		}
		s.row = 0
	}
	s.n = int(min(batchRows, s.file.groups[s.group].rows-s.row))
	s.batch++
	return true
}

func (s *Scan) leave() bool {
	for _, c := range s.left {
		s.err = c.leave()
		if s.err != nil {
			return false
		}
	}
	return true
}

// Rows is how many rows the batch has.
func (s *Scan) Rows() int { return s.n }

// Group is the row group that the batch is of.
func (s *Scan) Group() int { return s.group }

// Err is what stopped the scan, nil at its end.
func (s *Scan) Err() error {
	if s.err == errEnd { //nolint:errorlint // never wrapped
		return nil
	}
	return s.err
}

type ended struct{}

func (ended) Error() string { return "there are no more rows" }

var errEnd = ended{}

// Range is the least and the greatest value of a column of numbers in a row
// group, where the file says so.
func (f *File) Range(group int, name string) (least, greatest int32, ok bool) {
	i := f.leaf(name)
	if i < 0 || f.leaves[i].physical != physicalInt32 {
		return 0, 0, false
	}
	c := f.groups[group].chunks[i]
	return c.min, c.max, c.ranged
}
