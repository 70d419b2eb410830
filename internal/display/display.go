// Package display shows runs to whoever watches a command: a line that moves for
// each on a terminal, lines in the log elsewhere. It never says how a run ended.
package display

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/run"
	"speckle-runner/internal/said"
	"speckle-runner/internal/service"
)

// Display shows runs. Logs go through its bars, so that both keep apart.
type Display struct {
	log  zerolog.Logger
	bars *mpb.Progress // nil: nobody watches
}

// New shows runs on bars; nil: nobody watches, and the log says how far they are.
func New(log zerolog.Logger, bars *mpb.Progress) *Display { return &Display{log: log, bars: bars} }

// NewBars makes lines that move on a terminal. What is written to them stands above.
func NewBars(terminal io.Writer) *mpb.Progress {
	return mpb.New(mpb.WithOutput(terminal), mpb.WithWidth(64), mpb.WithRefreshRate(100*time.Millisecond))
}

// Close ends what moves.
func (d *Display) Close() {
	if d.bars != nil {
		d.bars.Wait()
	}
}

// Line is one run on the display: a line that moves, or lines in the log.
type Line struct {
	log   zerolog.Logger
	bar   *mpb.Bar
	begun time.Time

	mu     sync.Mutex
	at     run.Progress
	text   string // in place of the numbers
	logged time.Time
}

// logEvery is how often a long run says in the log where it is.
const logEvery = 10 * time.Second

// Begun shows a run.
func (d *Display) Begun(job string) service.RunObserver { return d.Line(job) }

// Line shows what is done for a job.
func (d *Display) Line(job string) *Line {
	l := &Line{log: d.log.With().Str("job", job).Logger(), begun: time.Now(), logged: time.Now(), at: run.Progress{Total: -1}}
	if d.bars == nil {
		return l
	}
	l.bar = d.bars.AddSpinner(0,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(said.OneLine(job), decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return l.line() })),
	)
	return l
}

// line says where the run is: stage, pages, records of how many, how fast.
func (l *Line) line() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text != "" {
		return l.text
	}
	p := l.at
	if p.Pages == 0 && p.AllItems == 0 {
		return "asking the server"
	}
	if p.AllItems > 0 {
		return fmt.Sprintf("%s  item %s of %s  %s", p.Stage, figures.Grouped(int64(p.Items)), figures.Grouped(int64(p.AllItems)),
			figures.Count(p.Records, "record"))
	}
	text := fmt.Sprintf("%s  %s  %s", p.Stage, figures.Count(p.Pages, "page"), figures.Grouped(p.Records))
	if p.Total > 0 {
		text += fmt.Sprintf(" of %s records (%d%%)", figures.Grouped(p.Total), min(100, 100*p.Records/p.Total))
	} else {
		text += " records"
	}
	if p.Resumed > 0 {
		text += "  resumed at page " + figures.Grouped(int64(p.Resumed))
	}
	if elapsed := time.Since(l.begun).Seconds(); p.Stage == run.Reading && elapsed > 0.5 {
		text += fmt.Sprintf("  %s/s", figures.Grouped(int64(float64(p.Records)/elapsed)))
	}
	return text
}

// Progress says where the run is.
func (l *Line) Progress(p run.Progress) {
	l.mu.Lock()
	l.at, l.text = p, ""
	due := l.bar == nil && time.Since(l.logged) >= logEvery
	if due {
		l.logged = time.Now()
	}
	l.mu.Unlock()
	if due {
		event := l.log.Info().Int("pages", p.Pages).Int64("records", p.Records).Int64("bytes", p.Bytes)
		if p.Total >= 0 {
			event = event.Int64("total", p.Total)
		}
		if p.AllItems > 0 {
			event = event.Int("items", p.Items).Int("all_items", p.AllItems)
		}
		event.Msg(string(p.Stage))
	}
}

// Doing says what is done when records are neither read nor written.
func (l *Line) Doing(text string) {
	l.mu.Lock()
	l.text = said.OneLine(text) // the bars draw on the terminal themselves
	l.mu.Unlock()
}

// Waiting tells that a run failed and is tried again. What moves is gone in a
// moment, so the reason stays above it; elsewhere the log has it already.
func (l *Line) Waiting(failed, why string, pause time.Duration) {
	again := "next in " + figures.Took(pause)
	l.Doing(failed + ", " + again)
	if l.bar != nil {
		l.log.Warn().Msg(failed + ": " + why + "; " + again)
	} else {
		l.log.Info().Msg(failed + ", " + again)
	}
}

// Done takes the line away.
func (l *Line) Done() {
	if l.bar != nil {
		l.bar.Abort(true)
	}
}
