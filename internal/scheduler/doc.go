// Package scheduler decides when jobs are due, and sees that each due time gets
// its row in the ledger: queued to run, or missed.
//
// One loop keeps a heap of the jobs' next ticks. It sleeps up to 30 s at a time
// and then asks the database what time it is: that clock counts, whatever this
// machine's says. A tick that the loop comes to within 10 s is due. A later one was
// missed, whatever the reason (nothing was up, the machine slept, the clock was set,
// the database was away), and the job's `missed` says whether it still runs. The
// ledger, whose key is (job, tick), keeps several nodes, and a clock that was set
// back, from running a tick twice, and refuses a tick that is still to come.
//
// A clock that jumped is believed when it has stayed so for a minute. Nothing is
// written in that minute, and what comes due in it still counts as in time. A
// machine that slept isn't taken for one whose clock was set: see steadyClock.
//
// A job that a reload removes or changes keeps the ticks that had come by then:
// they are written before the ledger learns the job's new schedule.
//
// How the service wires it (internal/service/serve.go), in short:
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
