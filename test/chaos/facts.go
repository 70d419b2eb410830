package main

import "time"

// row is one record of an export: whose it is, and of which tick where it says so.
type row struct {
	ID   string    `json:"id"`
	Tick time.Time `json:"tick"`
}

// sight is a file as it lay there at one moment, or the records of a message.
type sight struct {
	Name string
	At   time.Time // when it had been read
	Rows []row
	// Series says that the rows are those of many ticks, one behind the other.
	Series bool
}

// addition is a model that came into the world between two instants.
type addition struct {
	ID          string
	Began, Done time.Time
}

// growth is what a project had, and what came in which order. Nothing ever leaves it: so
// the number of its models says which of its states somebody has seen.
type growth struct {
	Base  []string
	Added []addition
	Ahead time.Duration // how much earlier than its tick somebody may have asked whose clock was wrong
}

// arrival is a message as the receiver got it.
type arrival struct {
	ID, Body string
	Job, Run string
	Batch    int
	Signed   bool // its signature is right
	Taken    bool // the answer was 204
	At       time.Time
	Rows     []row
	Told     []string // ids that it says were added
	First    bool     // it knows of no message before it
}

// ledgerRun is what `runner runs -o json` says of a run.
type ledgerRun struct {
	Run        string    `json:"run"`
	Job        string    `json:"job"`
	Tick       time.Time `json:"tick"`
	State      string    `json:"state"`
	Deliveries []struct {
		ID    string `json:"id"`
		State string `json:"state"`
	} `json:"deliveries"`
	Error string `json:"error"`
	Files []struct {
		Path   string `json:"path"`
		SHA256 string `json:"sha256"`
	} `json:"files"`
	Finished time.Time `json:"finished_at"`
}

// span is from when until when a job has one schedule, and when that is known for sure:
// from then on its ticks have to be in the ledger. They also have to from the first on that is there
// and wasn't due by the schedule before.
type span struct {
	Every, Before   time.Duration // 0: the job isn't there
	From, Known, To time.Time
}

// sent is a request that the server got: the operation tells the job, the token whose it is.
type sent struct{ Operation, Token string }

// withdrawal is an export that became again what it was before a run put it.
type withdrawal struct {
	name, job string
	tick      time.Time // of the run
	at        time.Time // at the earliest
}

// life is from when until when a process of serve was there.
type life struct{ From, To time.Time }

var never = time.Unix(1<<40, 0)
