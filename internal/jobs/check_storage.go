package jobs

import (
	"errors"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
)

// storage checks a place in a cloud's storage.
func (l *loader) storage(given shape.At, j *shape.Job) {
	written := given.Node.Text
	a, err := address.Parse(plainPath(written, func(string) string { return "0" }))
	file, settings := address.Split(written)
	_, rest, _ := strings.Cut(file, "://")
	bucket, key, _ := strings.Cut(rest, "/")
	wrong, is := errors.AsType[*address.Error](err)
	switch {
	case strings.HasPrefix(written, "file:"):
		l.Problem(given, document.Problem{Message: "file:// isn't needed", Hint: "write only the path, relative to --output-dir"})
	case strings.HasPrefix(written, "http:") || strings.HasPrefix(written, "https:"):
		l.Problem(given, document.Problem{Message: "a file isn't written to a web address",
			Hint: "write webhook: to post records there, or s3://, gs:// or azblob:// for storage"})
	case is && wrong.Secret:
		l.Hidden(given, document.Problem{Message: wrong.Message, Hint: wrong.Hint})
	case onePattern().MatchString(bucket):
		l.Problem(given, document.Problem{Message: "the bucket can't be a placeholder: exports would go wherever the data says",
			Hint: "write its name out"})
	case onePattern().MatchString(settings):
		l.Problem(given, document.Problem{Message: "what follows the ? can't hold placeholders", Hint: "write the settings out"})
	case is:
		l.Problem(given, document.Problem{Message: wrong.Message, Hint: wrong.Hint})
	case strings.Contains(key, "#"):
		l.Problem(given, document.Problem{Message: "a # in an address is read in different ways by different programs", Hint: "leave it out"})
	case a.Clear() != "" && !j.AllowHTTP.Value:
		l.Problem(given, document.Problem{Message: "http would send the export in the clear: use https, or allow_http: true on the job"})
	}
}

// sameStorage refuses a latest that isn't beside its file: it is a second copy
// in the same storage.
func (l *loader) sameStorage(o *shape.Output) {
	file, err := address.Parse(plainPath(o.File.Value, func(string) string { return "0" }))
	latest, wrong := address.Parse(plainPath(o.Latest.Value, func(string) string { return "0" }))
	switch inStorage := address.Is(o.File.Value); {
	case inStorage != address.Is(o.Latest.Value):
		l.Problem(o.Latest.At, document.Problem{Message: "latest is a second copy beside the file, not in another place",
			Hint: "write both as paths, or both as addresses in the same bucket; for another place add an output"})
	case inStorage && err == nil && wrong == nil && file.Storage() != latest.Storage():
		_, settings := address.Split(o.File.Value)
		l.Problem(o.Latest.At, document.Problem{Message: "latest is a second copy beside the file, in the same bucket with the same settings",
			Hint: "write " + file.Scheme + "://" + file.Bucket + "/latest." + "…" + settings + "; for another place add an output"})
	}
}

// manifestOf gives the path or address of a file's manifest.
func manifestOf(written string) string {
	file, settings := address.Split(written)
	return target.ManifestPath(file) + settings
}
