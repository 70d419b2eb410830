package format

import (
	"context"
	"fmt"
	"io"
	"speckle-runner/internal/output/record"
)

// Encode writes the records to w as f. It holds one record at a time, and
// fails when the number of records isn't r.Count: a cut spool must not pass
// for a whole export.
func Encode(ctx context.Context, w io.Writer, f Format, r record.Records, o Options) error {
	k, ok := kindOf(f.Name)
	if !ok {
		return fmt.Errorf("unknown format %q", f.Name)
	}
	if f.Compression == "" {
		return k.encode(ctx, w, r, o)
	}
	if !k.compress {
		return fmt.Errorf("unknown format %q", f)
	}
	out, err := compressed(w, f)
	if err != nil {
		return err
	}
	if err := k.encode(ctx, out, r, o); err != nil {
		return err // out holds memory only: nothing to close
	}
	return out.Close()
}

// compressed gives a writer for f's compression around w; without one, w with
// a Close that does nothing.
func compressed(w io.Writer, f Format) (io.WriteCloser, error) {
	if f.Compression == "" {
		return plain{w}, nil
	}
	for _, c := range compressions() {
		if c.name == f.Compression {
			return c.open(w)
		}
	}
	return nil, fmt.Errorf("unknown compression %q", f.Compression)
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// EndLine ends the last line of a file that is to grow, in a compressed one with
// a member of its own.
func EndLine(w io.Writer, f Format) error {
	out, err := compressed(w, f)
	if err != nil {
		return err
	}
	if _, err := out.Write([]byte{'\n'}); err != nil {
		return err
	}
	return out.Close()
}
