package version

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"speckle-runner/internal/speckle"
)

// bundle brings the files of a bundle, one after the other.
func (f *fetcher) bundle(ctx context.Context) (Data, error) {
	files, err := f.listed(ctx)
	if err != nil {
		return Data{}, err
	}
	data := Data{Kind: Bundle, Files: map[string]string{}}
	for _, suffix := range wanted {
		if _, there := files[suffix]; !there {
			continue
		}
		path, err := f.file(ctx, suffix, files)
		if err != nil {
			return Data{}, err
		}
		data.Files[suffix] = path
		f.progress.Files++
		f.report()
	}
	return data, nil
}

// file brings one file. Addresses live for an hour: when one is refused, all
// are asked for anew, once.
func (f *fetcher) file(ctx context.Context, suffix string, files map[string]artifact) (path string, err error) {
	path = f.place(strings.TrimPrefix(suffix, "."))
	out, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return "", fmt.Errorf("make room for a file of version %s: %w", f.version.ID, err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	for {
		d := download{fetcher: f, suffix: suffix, file: out, address: files[suffix].address}
		err := d.run(ctx)
		if !errors.Is(err, errRefused) {
			return path, err
		}
		if f.relisted {
			return "", f.wrong(speckle.NoAccess, "the storage refuses the addresses of its files (HTTP 403), new ones too",
				"is this machine's clock right, and does a proxy change the requests?")
		}
		f.relisted = true
		again, err := f.listed(ctx)
		if err != nil {
			return "", err
		}
		for suffix := range files {
			if a, there := again[suffix]; there {
				files[suffix] = a
			}
		}
	}
}
