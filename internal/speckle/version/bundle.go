package version

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"

	"speckle-runner/internal/elements/bundle"
	"speckle-runner/internal/speckle"
)

// errOthers says that a version's files are others than those that were listed first.
var errOthers = errors.New("its files were made anew while they were read")

// bundle brings the files of a bundle, one after the other. Where they turn out to be
// others on the way, all are brought anew, once: numbers in one file mean rows of another.
func (f *fetcher) bundle(ctx context.Context) (Data, error) {
	files, err := f.listed(ctx)
	if err != nil {
		return Data{}, err
	}
	data, err := f.all(ctx, files)
	if errors.Is(err, errOthers) {
		f.Log.Info().Str("version", f.version.ID).Msg("the version's files were made anew while they were read: they are fetched from the start")
		f.progress, f.relisted = Progress{}, false
		data, err = f.all(ctx, files)
	}
	if errors.Is(err, errOthers) {
		return Data{}, f.wrong(speckle.Network, "its files were made anew twice while they were read", "")
	}
	return data, err
}

func (f *fetcher) all(ctx context.Context, files map[string]artifact) (Data, error) {
	data := Data{Kind: Bundle, Files: map[string]string{}}
	for _, suffix := range bundle.Wanted {
		if _, there := files[suffix]; !there {
			continue
		}
		path, err := f.file(ctx, suffix, files)
		if err != nil {
			return Data{}, err
		}
		data.Files[suffix] = path
		f.progress.Files++
		f.relisted = false
		f.report()
	}
	return data, nil
}

// file brings one file. Addresses live for an hour: when one is refused, all
// are asked for anew, once a file.
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
		refused, is := errors.AsType[*refusedError](err)
		if !is {
			return path, err
		}
		if f.relisted {
			return "", refused.of(&d)
		}
		f.relisted = true
		if err := f.renew(ctx, files); err != nil {
			return "", err
		}
	}
}

// renew asks for the addresses of all files again; errOthers where these are others.
func (f *fetcher) renew(ctx context.Context, files map[string]artifact) error {
	again, err := f.listed(ctx)
	if err != nil {
		return err
	}
	same := maps.EqualFunc(files, again, func(a, b artifact) bool { return a.name == b.name })
	clear(files)
	maps.Copy(files, again)
	if !same {
		return errOthers
	}
	return nil
}
