package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"speckle-runner/internal/run"
	"speckle-runner/internal/said"
)

// stage shows runs to whoever watches: a line that moves for each job on a
// terminal, log lines elsewhere. Logs go through it, so that both keep apart.
type stage struct {
	logs *logging
	log  zerolog.Logger
	bars *mpb.Progress // nil: nobody watches
}

func (s *settings) newStage(flags runFlags) (*stage, error) {
	st, level := &stage{}, flags.logLevel
	w := s.err
	terminal := onTerminal(s.err)
	if terminal && !flags.still && os.Getenv("TERM") != "dumb" {
		st.bars = mpb.New(mpb.WithOutput(streamOf(s.err)), mpb.WithWidth(64), mpb.WithRefreshRate(100*time.Millisecond))
		w, level = st.bars, zerolog.WarnLevel // the moving lines say the rest
	}
	var err error
	if st.logs, err = s.newLogging(w, terminal, level); err != nil {
		return nil, err
	}
	st.log = st.logs.logger(st.logs.redactor, nil)
	return st, nil
}

func (st *stage) close() {
	if st.bars != nil {
		st.bars.Wait()
	}
}

// act is one job on the stage.
type act struct {
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

func (st *stage) act(job string) *act {
	a := &act{log: st.log.With().Str("job", job).Logger(), begun: time.Now(), logged: time.Now(), at: run.Progress{Total: -1}}
	if st.bars == nil {
		return a
	}
	a.bar = st.bars.AddSpinner(0,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(said.OneLine(job), decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return a.line() })),
	)
	return a
}

// line says where the run is: stage, pages, records of how many, how fast.
func (a *act) line() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.text != "" {
		return a.text
	}
	p := a.at
	if p.Pages == 0 && p.AllItems == 0 {
		return "asking the server"
	}
	if p.AllItems > 0 {
		return fmt.Sprintf("%s  item %s of %s  %s", p.Stage, grouped(int64(p.Items)), grouped(int64(p.AllItems)), plural64(p.Records, "record"))
	}
	text := fmt.Sprintf("%s  %s  %s", p.Stage, plural(p.Pages, "page"), grouped(p.Records))
	if p.Total > 0 {
		text += fmt.Sprintf(" of %s records (%d%%)", grouped(p.Total), min(100, 100*p.Records/p.Total))
	} else {
		text += " records"
	}
	if p.Resumed > 0 {
		text += "  resumed at page " + grouped(int64(p.Resumed))
	}
	if elapsed := time.Since(a.begun).Seconds(); p.Stage == run.Reading && elapsed > 0.5 {
		text += fmt.Sprintf("  %s/s", grouped(int64(float64(p.Records)/elapsed)))
	}
	return text
}

func (a *act) progress(p run.Progress) {
	a.mu.Lock()
	a.at, a.text = p, ""
	due := a.bar == nil && time.Since(a.logged) >= logEvery
	if due {
		a.logged = time.Now()
	}
	a.mu.Unlock()
	if due {
		event := a.log.Info().Int("pages", p.Pages).Int64("records", p.Records).Int64("bytes", p.Bytes)
		if p.Total >= 0 {
			event = event.Int64("total", p.Total)
		}
		if p.AllItems > 0 {
			event = event.Int("items", p.Items).Int("all_items", p.AllItems)
		}
		event.Msg(string(p.Stage))
	}
}

func (a *act) say(text string) {
	a.mu.Lock()
	a.text = said.OneLine(text) // the bars draw on the terminal themselves
	a.mu.Unlock()
}

// waiting tells that a run failed and is tried again. What moves is gone in a
// moment, so the reason stays above it; elsewhere the log has it already.
func (a *act) waiting(failed, why string, pause time.Duration) {
	again := "next in " + took(pause)
	a.say(failed + ", " + again)
	if a.bar != nil {
		a.log.Warn().Msg(failed + ": " + why + "; " + again)
	} else {
		a.log.Info().Msg(failed + ", " + again)
	}
}

func (a *act) end() {
	if a.bar != nil {
		a.bar.Abort(true)
	}
}
