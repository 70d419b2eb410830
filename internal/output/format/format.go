package format

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"speckle-runner/internal/output/record"
)

// Format says how a file is written: a name such as "csv", and "", "gz" or
// "zst" around it.
type Format struct {
	Name        string
	Compression string
}

// kind is one row of the table of formats. A new format is a row here and a
// file beside this one.
type kind struct {
	name     string
	table    bool   // has columns
	typed    bool   // its files say of which type a column is
	compress bool   // .gz and .zst make sense around it; else it is compressed itself
	grows    bool   // a part written behind another makes one file
	fields   bool   // lines of fields: separator, byte order mark and formula guard mean something
	media    string // its content type
	encode   func(ctx context.Context, w io.Writer, r record.Records, o Options) error
}

func kinds() []kind {
	return []kind{
		{name: "json", media: "application/json", compress: true, encode: encodeJSON},
		{name: "ndjson", media: "application/x-ndjson", compress: true, grows: true, encode: encodeNDJSON},
		{name: "csv", media: "text/csv; charset=utf-8", compress: true, grows: true, fields: true, table: true, encode: encodeCSV},
		{name: "parquet", media: "application/vnd.apache.parquet", table: true, typed: true, encode: encodeParquet}, // both are compressed inside
		{name: "xlsx", media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", table: true, encode: encodeXLSX},
	}
}

func kindOf(name string) (kind, bool) {
	all := kinds()
	i := slices.IndexFunc(all, func(k kind) bool { return k.name == name })
	if i < 0 {
		return kind{}, false
	}
	return all[i], true
}

// String gives the name as users write it, e.g. "csv.gz".
func (f Format) String() string {
	if f.Compression == "" {
		return f.Name
	}
	return f.Name + "." + f.Compression
}

// Table reports whether the format has columns.
func (f Format) Table() bool {
	k, ok := kindOf(f.Name)
	return ok && k.table
}

// Typed reports whether a file of the format says of which type each column is,
// so that files with other types can't be read as one table.
func (f Format) Typed() bool {
	k, ok := kindOf(f.Name)
	return ok && k.typed
}

// Grows reports whether a run's part can be written behind those of others.
func (f Format) Grows() bool {
	k, ok := kindOf(f.Name)
	return ok && k.grows
}

// Fields reports whether a file of the format is lines of fields, for which a
// separator, a byte order mark and a formula guard mean something.
func (f Format) Fields() bool {
	k, ok := kindOf(f.Name)
	return ok && k.fields
}

// ContentType says what a file of the format holds. A compressed one isn't said
// to be encoded on its way: browsers and Google's storage would unpack it, and
// its name and sha256 would lie.
func (f Format) ContentType() string {
	switch f.Compression {
	case "gz":
		return "application/gzip"
	case "zst":
		return "application/zstd"
	}
	k, ok := kindOf(f.Name)
	if !ok {
		return "application/octet-stream"
	}
	return k.media
}

// Names lists what Parse takes, for messages and the schema.
func Names() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
		if k.compress {
			for _, c := range compressions() {
				names = append(names, k.name+"."+c.name)
			}
		}
	}
	return names
}

// Which lists the formats that something holds for, without compression and by
// name, for messages.
func Which(holds func(Format) bool) []string {
	var names []string
	for _, k := range kinds() {
		if holds(Format{Name: k.name}) {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	return names
}

// CompressedItself reports whether a suffix is one of compressed files, and makes
// no sense behind that of a format: it is compressed inside.
func CompressedItself(name, suffix string) bool {
	k, ok := kindOf(name)
	return ok && !k.compress && slices.ContainsFunc(compressions(), func(c compression) bool { return c.name == suffix })
}

// Parse reads a format's name: "csv", "ndjson.gz".
func Parse(s string) (Format, error) {
	if slices.Contains(Names(), s) {
		name, compression, _ := strings.Cut(s, ".")
		return Format{Name: name, Compression: compression}, nil
	}
	return Format{}, fmt.Errorf("unknown format %q (one of %s)", s, strings.Join(Names(), ", "))
}

// Of finds the format in the name of a file: "exports/a.csv.gz".
func Of(file string) (Format, error) {
	parts := strings.Split(strings.ToLower(path.Base(file)), ".")
	for take := 2; take >= 1; take-- {
		if len(parts) <= take {
			continue
		}
		if f, err := Parse(strings.Join(parts[len(parts)-take:], ".")); err == nil {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("no format in the name %q: end it in one of .%s, or set format", file, strings.Join(Names(), ", ."))
}
