package blob

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
)

// change is what a put does to an object, as the journal keeps it: enough to take
// it back, also for another process.
type change struct {
	Address string `json:"address"` // with its settings
	Put     string `json:"put"`     // in the metadata of what is put
	Old     old    `json:"old"`
	Backup  string `json:"backup,omitempty"` // key of a copy of what is replaced

	at      address.Address
	pending bool // the answer to its copy or put is missing: the cloud may still carry it out
}

// old is what becomes of what was there.
type old string

const (
	oldNone old = "none" // nothing was there
	oldKept old = "kept"
	oldLost old = "lost" // it couldn't be kept
)

func settingsOf(a address.Address) string {
	if len(a.Settings) == 0 {
		return ""
	}
	return "?" + a.Settings.Encode()
}

// maxBackupBase leaves room in the 1,024 bytes that a key may have.
const maxBackupBase = 200

// backupKey gives a hidden name beside an object: programs that read a folder
// of a bucket leave out what begins with a dot.
func backupKey(key, token string, number int) string {
	base := path.Base(key)
	if len(base) > maxBackupBase {
		base = strings.ToValidUTF8(base[:maxBackupBase], "")
	}
	return path.Join(path.Dir(key), fmt.Sprintf(".%s.runner-%s-%d.old", base, token, number))
}

// undo makes an object what it was before the put, if it is still what was put:
// what somebody has put since stays. It may be called again, and has to be while
// something is pending: what was kept stays for that.
func (c *change) undo(ctx context.Context, b bucket) error {
	found, err := b.about(ctx, c.at.Key)
	if err != nil {
		return failed(ctx, "look at", c.at, err)
	}
	var lost error
	if found != nil && found.metadata[metaPut] == c.Put {
		lost = c.back(ctx, b, found)
		if isFault(lost, exists) {
			lost = nil
		}
		if lost = failed(ctx, "put back", c.at, lost); lost != nil && !errors.Is(lost, errNotKept) {
			return lost
		}
	}
	if c.pending {
		return lost
	}
	return cmp.Or(c.settle(ctx, b), lost)
}

func (c *change) back(ctx context.Context, b bucket, found *object) error {
	ours := condition{looked: true, was: found}
	switch c.Old {
	case oldNone:
		return b.remove(ctx, c.at.Key, ours)
	case oldKept:
		kept, err := b.about(ctx, c.Backup)
		if err == nil && kept == nil {
			err = errNotKept
		}
		if err != nil {
			return err
		}
		return b.copy(ctx, kept, c.at.Key, ours)
	}
	return errNotKept
}

var errNotKept = errors.New("what was there before wasn't kept")

// settle lets go of what was kept.
func (c *change) settle(ctx context.Context, b bucket) error {
	if c.Backup == "" {
		return nil
	}
	return failed(ctx, "remove", c.at.With(c.Backup), b.remove(ctx, c.Backup, condition{}))
}

// await notes that a copy or a put failed, where no answer of the service says that it won't be done.
func (c *change) await(ctx context.Context, err error) {
	answered := isFault(err, exists, noCredentials, denied, noBucket, wrongRegion, unset, refused)
	c.pending = ctx.Err() != nil || !answered
}

// changesOf reads the notes of a publication. An object may have several, when it
// was looked at again: each is undone by itself, the last one first.
func changesOf(u target.Unfinished) ([]*change, error) {
	var all []*change
	for _, note := range u.Notes {
		c := &change{}
		err := json.Unmarshal(note, c)
		if err == nil {
			c.at, err = address.Parse(c.Address)
		}
		if err != nil {
			return nil, fmt.Errorf("read the note about an object that was put: %w", err)
		}
		all = append(all, c)
	}
	return all, nil
}
