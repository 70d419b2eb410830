package store

// Overlap says what a due tick does while another run of its job has not ended.
type Overlap string

// The overlap policies of docs/job-file.md.
const (
	OverlapSkip    Overlap = "skip"
	OverlapQueue   Overlap = "queue"
	OverlapReplace Overlap = "replace"
)

// decision is what becomes of a fetched tick.
type decision int

const (
	start decision = iota
	wait
	skip
)

// verdict is the decision for one tick and what it does to others.
type verdict struct {
	decision decision
	reason   string
	stop     []activeRow // running: their owners are told to stop
	drop     []activeRow // not running: they end as canceled now
}

// decide says what happens to a fetched tick, given the other active runs of its job.
// Ticks that are caught up or backfilled always wait for their turn, since many of them
// come due at once; so does the next attempt of a run.
func decide(policy Overlap, self activeRow, others []activeRow) verdict {
	var blockers, waiters []activeRow
	for _, o := range others {
		switch {
		case o.key == self.key:
		case o.waiting == waitingForTurn:
			waiters = append(waiters, o)
		case self.attempt > 0 && o.state != Running:
			// Two runs between attempts would wait for each other.
		case self.via == API && o.state != Running && o.attempt > 0:
			// A run that somebody asks for doesn't wait for another run's next attempt.
		default:
			blockers = append(blockers, o)
		}
	}
	if self.via == OnVersion && policy == OverlapReplace && self.attempt == 0 {
		if newer := newerVersion(self, others); newer != "" {
			return verdict{decision: skip, reason: "run " + newer + " is of a newer version (overlap: replace)"}
		}
	}
	if len(blockers) == 0 {
		return verdict{decision: start}
	}
	if self.attempt > 0 || self.waiting == waitingHasTurn || inTurn(self.via, policy) {
		return verdict{decision: wait}
	}
	switch policy {
	case OverlapQueue:
		return decideQueue(blockers, waiters)
	case OverlapReplace:
		return decideReplace(blockers, waiters)
	}
	return verdict{decision: skip, reason: runningReason(blockers[0].id())}
}

func runningReason(run string) string { return "run " + run + " had not ended (overlap: skip)" }

func waitingReason(run string) string { return "run " + run + " waits already (overlap: queue)" }

// inTurn reports whether a job's ticks with this trigger run one after the other, whatever
// its overlap. With overlap: replace, versions don't: the newest replaces the others.
func inTurn(via Trigger, policy Overlap) bool {
	return via.WaitsInLine() && (via != OnVersion || policy != OverlapReplace)
}

// newerVersion names a run of a newer version that hasn't ended; "": there is none.
func newerVersion(self activeRow, others []activeRow) string {
	for _, o := range others {
		if o.via == OnVersion && o.Tick > self.Tick {
			return o.id()
		}
	}
	return ""
}

func decideQueue(blockers, waiters []activeRow) verdict {
	if run := waitsAlready(append(waiters, blockers...)); run != "" {
		return verdict{decision: skip, reason: waitingReason(run)}
	}
	return verdict{decision: wait}
}

// waitsAlready names a run that waits for its turn because of overlap: queue; "": none does.
func waitsAlready(rows []activeRow) string {
	for _, w := range rows {
		if w.waiting != waitingNot && !w.via.WaitsInLine() {
			return w.id()
		}
	}
	return ""
}

func decideReplace(blockers, waiters []activeRow) verdict {
	v := verdict{decision: start}
	for _, b := range blockers {
		if b.state == Running {
			v.decision = wait
			v.stop = append(v.stop, b)
		} else {
			v.drop = append(v.drop, b)
		}
	}
	for _, w := range waiters {
		if !inTurn(w.via, OverlapReplace) {
			v.drop = append(v.drop, w)
		}
	}
	return v
}
