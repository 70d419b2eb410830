package kept

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/record"
)

// What a run that is read in parts has read already lies in
// .runner/parts/<run>/, one file for each attempt, which only grows: a frame
// for each part. It is outside of the sessions, because it outlives its
// process. A kill may leave half a frame at the end of a file, a power cut
// anything: every part is held against its checksum before it is taken.
const (
	partsDir    = disk.Hidden + "/parts"
	partsSuffix = ".parts"
	onceSuffix  = ".once" + partsSuffix

	// keepParts is how old a part may be that another attempt takes over.
	keepParts = 24 * time.Hour
	// keepOnce is how long it is known what a mutation has done.
	keepOnce = 30 * 24 * time.Hour

	maxFrameHead = 1 << 20
)

// PartState is what is known of a part.
type PartState string

// The states of a part: a query's are only ever done.
const (
	PartUnknown PartState = ""
	PartSent    PartState = "sent"     // whether it was carried out isn't known
	PartNotDone PartState = "not done" // the server turned it away
	PartDone    PartState = "done"
)

// frame is a line before, and one after, the records of a part.
type frame struct {
	Key     string          `json:"key,omitempty"`
	State   PartState       `json:"state,omitempty"`
	At      time.Time       `json:"at,omitzero"`
	Records int64           `json:"records,omitempty"`
	Bytes   int64           `json:"bytes,omitempty"`
	Meta    json.RawMessage `json:"meta,omitempty"`
	SHA256  string          `json:"sha256,omitempty"` // behind the records
}

// Part is one that an earlier attempt has read to its end.
type Part struct {
	Records record.Records
	Meta    []byte // JSON, as it was given to Keep
	At      time.Time
}

// Parts keeps what the parts of a run gave, from one attempt to the next on the
// same disk. It is safe for use by several goroutines.
type Parts struct {
	dir    *Dir
	folder string
	once   bool

	known map[string]knownPart
	read  []*os.File // of earlier attempts
	found bool

	mu   sync.Mutex
	name string // of this attempt's file
	file *os.File
	out  *bufio.Writer // to file
	err  error         // the file can't take any more
}

type knownPart struct {
	frame

	in   *os.File
	from int64
}

// HasParts reports whether this process has kept anything of a run since it
// was dropped: most runs keep nothing, and nobody need look for it.
func (d *Dir) HasParts(run string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.made[partsFolder(run)]
}

// partsFolder names a run's folder: readable, and of no other run.
func partsFolder(run string) string {
	sum := sha256.Sum256([]byte(run))
	return filepath.Join(filepath.FromSlash(partsDir), disk.SafeLabel(run)+"-"+hex.EncodeToString(sum[:8]))
}

// Found reports whether an earlier attempt has left anything here.
func (p *Parts) Found() bool { return p != nil && p.found }

// State gives what earlier attempts say of a part.
func (p *Parts) State(key string) PartState {
	if p == nil {
		return PartUnknown
	}
	return p.known[key].State
}

// Take gives a part that an earlier attempt has done.
func (p *Parts) Take(key string) (Part, bool) {
	if p == nil {
		return Part{}, false
	}
	known, ok := p.known[key]
	if !ok || known.State != PartDone || !p.once && time.Since(known.At) > keepParts {
		return Part{}, false
	}
	return Part{Meta: known.Meta, At: known.At, Records: record.Records{Count: known.Records, Open: func() (io.ReadCloser, error) {
		return view{io.NewSectionReader(known.in, known.from, known.Bytes)}, nil
	}}}, true
}

// Keep notes that a part is done, with what it gave.
func (p *Parts) Keep(key string, meta []byte, spool *Spool) error {
	if p == nil {
		return errors.New("parts: none are kept")
	}
	records, err := spool.Open()
	if err != nil {
		return err
	}
	defer records.Close()
	return p.write(frame{Key: key, State: PartDone, Records: spool.Count(), Bytes: spool.Bytes(), Meta: meta}, records)
}

// Note notes a part's state without records.
func (p *Parts) Note(key string, state PartState) error {
	if p == nil {
		return nil
	}
	return p.write(frame{Key: key, State: state}, nil)
}

// Close lets the files go; what they hold stays.
func (p *Parts) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file != nil {
		_ = p.file.Close()
		p.file, p.err = nil, errors.New("parts: they are closed")
	}
	for _, f := range p.read {
		_ = f.Close()
	}
	p.read, p.known = nil, nil
}

func (p *Parts) write(f frame, records io.Reader) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil && p.file == nil {
		p.err = p.open()
	}
	if p.err == nil {
		if p.err = p.append(f, records); p.err != nil {
			p.err = fmt.Errorf("keep what was read, in %s: %w", p.dir.Path(), disk.Cause(p.err))
		}
	}
	return p.err
}

func (p *Parts) open() error {
	err := p.dir.makeFolder(p.folder)
	if err == nil {
		p.file, err = p.dir.Root.OpenFile(p.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err == nil && p.once {
		err = p.dir.SyncDir(p.folder)
	}
	p.out = bufio.NewWriterSize(p.file, 16<<10)
	if err != nil {
		return fmt.Errorf("keep what was read, in %s: %w", p.dir.Path(), disk.Cause(err))
	}
	return nil
}

func (p *Parts) append(f frame, records io.Reader) error {
	f.At = time.Now().UTC()
	out, sum := p.out, sha256.New()
	if err := writeFrame(io.MultiWriter(out, sum), f); err != nil {
		return err
	}
	if records != nil {
		if n, err := io.Copy(io.MultiWriter(out, sum), records); err != nil || n != f.Bytes {
			return errors.Join(err, fmt.Errorf("%d bytes of %d", n, f.Bytes))
		}
	}
	if err := writeFrame(out, frame{SHA256: hex.EncodeToString(sum.Sum(nil))}); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if p.once {
		return p.file.Sync()
	}
	return nil
}

func writeFrame(w io.Writer, f frame) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if len(text) > maxFrameHead {
		return errors.New("a head that is too long")
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
