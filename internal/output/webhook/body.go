package webhook

import (
	"context"
	"iter"
	"strconv"
	"time"

	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/record"
)

const (
	// defaultBatch is how many records a message has when the job doesn't say.
	defaultBatch = 500
	// maxBody bounds a message: receivers refuse larger ones, and memory holds
	// one. A batch that would be larger is sent as several; only a single
	// record that is larger goes out as it is.
	maxBody = 8 << 20
)

// Info says which run a message is about.
type Info struct {
	Job, Run string
	Tick     time.Time
	Count    int64 // of all records
}

// Summary is a message without records.
func Summary(info Info) []byte {
	return append(info.head(1, 1), '}')
}

// SummaryOfChanges is a summary that says how many records changed; nil is
// that it isn't known.
func SummaryOfChanges(info Info, c *diff.Changes) []byte {
	body := append(info.head(1, 1), `,"changes":`...)
	if c == nil {
		return append(body, "null}"...)
	}
	body = record.AppendText(append(body, `{"since":`...), c.Since.UTC().Format(time.RFC3339Nano))
	body = strconv.AppendInt(append(body, `,"added":`...), c.Added.Count, 10)
	body = strconv.AppendInt(append(body, `,"removed":`...), c.Removed.Count, 10)
	body = strconv.AppendInt(append(body, `,"changed":`...), c.Changed.Count, 10)
	return append(body, "}}"...)
}

// Batches gives the messages that carry the records, at most size of them
// each (0: defaultBatch). An export without records is one message, too. The
// records are read twice: each message says how many there are.
func Batches(ctx context.Context, r record.Records, info Info, size int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		plan, err := planBatches(ctx, r, size, maxBody)
		if err != nil {
			yield(nil, err)
			return
		}
		next := batchBody{info: info, plan: plan}
		next.begin()
		for record, err := range r.Lines(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			if next.full() {
				if !yield(next.end(), nil) {
					return
				}
				next.begin()
			}
			next.add(record)
		}
		yield(next.end(), nil)
	}
}

// planBatches gives the number of records of each message.
func planBatches(ctx context.Context, r record.Records, size, limit int) ([]int, error) {
	if size <= 0 {
		size = defaultBatch
	}
	var plan []int
	records, bytes := 0, 0
	for record, err := range r.Lines(ctx) {
		if err != nil {
			return nil, err
		}
		if records == size || records > 0 && bytes+len(record) > limit {
			plan = append(plan, records)
			records, bytes = 0, 0
		}
		records++
		bytes += len(record) + 1
	}
	return append(plan, records), nil
}

// batchBody builds one message after the other.
type batchBody struct {
	info   Info
	plan   []int
	number int // of the message under way, from 1
	filled int
	body   []byte
}

func (b *batchBody) begin() {
	b.number++
	b.filled = 0
	b.body = append(b.info.head(b.number, len(b.plan)), `,"records":[`...)
}

// full never holds for the last message: a spool that grew since the plan was
// made must end in the error that Lines gives, not in a panic.
func (b *batchBody) full() bool {
	return b.number < len(b.plan) && b.filled == b.plan[b.number-1]
}

func (b *batchBody) add(record []byte) {
	if b.filled > 0 {
		b.body = append(b.body, ',')
	}
	b.body = append(b.body, record...)
	b.filled++
}

func (b *batchBody) end() []byte { return append(b.body, "]}"...) }

// head is the start of every message, without its closing brace.
func (i Info) head(batch, batches int) []byte {
	head := record.AppendText([]byte(`{"job":`), i.Job)
	head = record.AppendText(append(head, `,"run":`...), i.Run)
	head = record.AppendText(append(head, `,"tick":`...), i.Tick.UTC().Format(time.RFC3339Nano))
	head = strconv.AppendInt(append(head, `,"count":`...), i.Count, 10)
	head = strconv.AppendInt(append(head, `,"batch":`...), int64(batch), 10)
	return strconv.AppendInt(append(head, `,"batches":`...), int64(batches), 10)
}
