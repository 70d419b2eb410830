package output_test

import (
	"fmt"
	"io"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/webhook"
)

// BenchmarkFormats writes 100 MB of records (800 bytes each, as model pages
// have them) in each format, from a spool to a published file.
func BenchmarkFormats(b *testing.B) {
	d := openDir(b, b.TempDir())
	spool := benchSpool(b, d, 100<<20)
	defer spool.Close()
	columns := outputtest.Columns("id", "name", "updatedAt", "author.name", "author.id", "size", "data.Dimensions.Height",
		"data.Dimensions.Width", "data.material", "data.tags", "data.url", "data.more", "data.ok")
	for _, name := range format.Names() {
		b.Run(name, func(b *testing.B) {
			f, _ := format.Parse(name)
			b.SetBytes(spool.Bytes())
			for b.Loop() {
				p := begin(b, d, "bench")
				s, err := p.Create(b.Context(), "bench."+name, replace)
				if err != nil {
					b.Fatal(err)
				}
				r := record.Records{Count: spool.Count(), Open: spool.Open} // copied, as every export but the first is
				if err := format.Encode(b.Context(), s, f, r, format.Options{Columns: columns}); err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				commit(b, p)
			}
		})
	}
	b.Run("find columns", func(b *testing.B) {
		b.SetBytes(spool.Bytes())
		for b.Loop() {
			if _, err := record.FindColumns(b.Context(), spool.Records()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSpoolToNDJSON is the whole way of the fastest export: records are
// appended, and the spool becomes the file.
func BenchmarkSpoolToNDJSON(b *testing.B) {
	d := openDir(b, b.TempDir())
	for b.Loop() {
		spool := benchSpool(b, d, 100<<20)
		b.SetBytes(spool.Bytes())
		p := begin(b, d, "bench")
		s, err := p.Create(b.Context(), "bench.ndjson", replace)
		if err != nil {
			b.Fatal(err)
		}
		if err := format.Encode(b.Context(), s, format.Format{Name: "ndjson"}, spool.Records(), format.Options{}); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		commit(b, p)
		spool.Close()
	}
}

func BenchmarkBatches(b *testing.B) {
	d := openDir(b, b.TempDir())
	spool := benchSpool(b, d, 20<<20)
	defer spool.Close()
	b.SetBytes(spool.Bytes())
	for b.Loop() {
		for body, err := range webhook.Batches(b.Context(), spool.Records(), webhook.Info{Count: spool.Count()}, 500) {
			if err != nil {
				b.Fatal(err)
			}
			io.Discard.Write(body)
		}
	}
}

func benchSpool(b *testing.B, d *output.Dir, size int64) *kept.Spool {
	b.Helper()
	spool, err := d.NewSpool("bench")
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; spool.Bytes() < size; i++ {
		record := fmt.Appendf(nil, `{"id":"%010x","name":"Tower \"A\" level %d","updatedAt":"2026-01-02T03:04:05.678Z",`+
			`"author":{"name":"Jörg Müller","id":"8a1f2c"},"size":%d.789,"data":{"Dimensions":{"Height":12.5,"Width":%d},`+
			`"material":"Concrete C30/37, in situ","tags":["a","b"],"url":"https://app.speckle.systems/projects/236d44f972/models/%010x",`+
			`"more":null,"ok":true,"unused":{"a":[1,2,3,4,5,6,7,8,9],"b":"lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod",`+
			`"c":{"d":"tempor incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam","e":1234.5678}}}}`, i, i, i, i%7, i)
		if err := spool.Append(record); err != nil {
			b.Fatal(err)
		}
	}
	return spool
}
