package bundle_test

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle"
	"speckle-runner/internal/elements/bundle/sample"
)

// BenchmarkBundle reads large bundles: all properties nested, and two named ones
// of the doors. The peak is what the process holds above what it held before.
func BenchmarkBundle(b *testing.B) {
	for _, rows := range []int{1_000_000, 10_000_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			files, err := sample.Large(rows).Write(b.TempDir(), "v", sample.Layout{})
			if err != nil {
				b.Fatal(err)
			}
			b.Run("all", func(b *testing.B) { measured(b, files, elements.Spec{Units: true}) })
			b.Run("rows", func(b *testing.B) { measured(b, files, elements.Spec{Rows: elements.RowsProperties}) })
			b.Run("doors", func(b *testing.B) {
				measured(b, files, elements.Spec{Where: doors.Where, Properties: []elements.Named{
					{Name: "a", Path: "Parameter 001"}, {Name: "t", Path: "T01"},
				}})
			})
		})
	}
}

func measured(b *testing.B, files map[string]string, spec elements.Spec) {
	for b.Loop() {
		debug.FreeOSMemory()
		before, stop := held(), make(chan struct{})
		peak := make(chan uint64)
		go watch(stop, peak)
		src, err := bundle.Open(b.Context(), files, bundle.Options{Scratch: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		sum, err := elements.Write(b.Context(), src, spec, func([]byte) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		if err := src.Close(); err != nil {
			b.Fatal(err)
		}
		close(stop)
		b.ReportMetric(float64(<-peak-before)/(1<<20), "peak-MiB")
		b.ReportMetric(float64(sum.Records), "records")
	}
}

// watch gives the most that the process held until it is stopped.
func watch(stop chan struct{}, peak chan uint64) {
	most := held()
	for {
		select {
		case <-stop:
			peak <- most
			return
		case <-time.After(5 * time.Millisecond):
			most = max(most, held())
		}
	}
}

func held() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
