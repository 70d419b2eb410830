// Package scheduler decides when jobs are due, and sees that each due time gets
// its row in the ledger: queued to run, or missed.
//
// One loop keeps a heap of the jobs' next ticks. It sleeps up to 30 s at a time
// and then asks the database what time it is: that clock is the one that counts,
// whatever this machine's says. A tick that it comes to in time is due. One that
// it finds too late was missed, whatever the reason (nothing was up, the machine
// slept, the clock was set, the database was away), and the job's `missed` says
// whether it still runs. The ledger, whose key is (job, tick), keeps several
// nodes, and a clock that was set back, from running one twice, and takes
// nothing about a tick that is still to come.
//
// A clock that was set is believed when it has stayed so for a minute; nothing
// is written in that time, and what comes due in it is in time after it. A
// machine that slept is told from that by a clock that goes on meanwhile.
//
// A job that a reload takes away, or changes, keeps the ticks that had come by
// then: they are written before the ledger is told what the job follows now.
//
// How main wires it, with the store below it and the runner beside it:
//
//	st, err := store.Open(ctx, dsn, store.Options{Log: log, Lock: true})
//	sched := scheduler.New(scheduler.Options{Ledger: scheduler.LedgerOf(st), Log: log})
//	sched.Apply(file)            // the job file as it was loaded
//	work := store.WorkOptions{Handler: …, Deliver: …, Drain: drain}
//	sched.Fill(&work)            // the jobs' own rules: overlap, retries, timeout
//	go sched.Run(ctx)            // ends with ctx, at once: no tick while draining
//	go watcher.Run(ctx)          // scheduler.NewWatcher: reloads, calls sched.Apply
//	err = st.Work(ctx, work)     // drains after ctx ended
//
// The handler asks sched.Job for the job, once an attempt: a run keeps the job
// that it began with, whatever is reloaded.
//
// The package never runs a job, never opens a database or a connection, and
// never decides about overlap: the ledger does, for all nodes.
package scheduler
