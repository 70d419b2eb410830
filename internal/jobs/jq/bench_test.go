package jq_test

import (
	"testing"
	"time"

	"speckle-runner/internal/jobs/jq"
)

// model is a record of about 600 bytes, as jobs.example.yaml's models job gets.
const model = `{"id":"a6d20f8b31","name":"architecture/level 03/façade","displayName":"façade","description":null,` +
	`"createdAt":"2024-11-05T09:12:44.120Z","updatedAt":"2026-03-01T17:40:02.511Z","previewUrl":"https://app.speckle.systems/preview/236d44f972/commits/7f3e0c11d2",` +
	`"sourceApps":["revit","grasshopper"],"author":{"id":"9f2c1ab04e","name":"Ada Muster","avatar":null},"childrenTree":[],` +
	`"versions":{"totalCount":128,"cursor":null,"items":[{"id":"7f3e0c11d2","createdAt":"2026-03-01T17:40:02.511Z","message":"Update façade panels",` +
	`"sourceApplication":"revit","referencedObject":"9c1f4be07a25d8633e0b71c4f5a2d986","authorUser":{"name":"Ada Muster"}}]}}`

// selectModel is that job's select.
const selectModel = `.versions.items[0] as $newest
| {id, model: .name, updated: .updatedAt, version: $newest.id, created: $newest.createdAt,
   message: $newest.message, from: $newest.sourceApplication, author: $newest.authorUser.name}`

var benchVars = jq.Vars{Job: "models", Tick: time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)}

func BenchmarkDecode(b *testing.B) {
	text := []byte(model)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jq.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	p, input := compiled(b, selectModel), decoded(b, model)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range p.Run(b.Context(), input, benchVars) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	value := decoded(b, model)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = jq.Append(buf[:0], value)
	}
}

// BenchmarkRecord is what a record with a select costs a run.
func BenchmarkRecord(b *testing.B) {
	p, text := compiled(b, selectModel), []byte(model)
	keys, _ := p.Keys()
	var buf []byte
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		input, err := jq.Decode(text)
		if err != nil {
			b.Fatal(err)
		}
		for value, err := range p.Run(b.Context(), input, benchVars) {
			if err != nil {
				b.Fatal(err)
			}
			buf, _ = jq.AppendOrdered(buf[:0], value, keys)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		compiled(b, selectModel)
	}
}
