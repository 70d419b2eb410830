// Command soak lets a real `runner serve` end a hundred thousand runs, looks at it from
// outside all the while, and says whether anything grows that shouldn't: memory,
// descriptors, goroutines, the ledger, files. It draws what it saw, too.
//
// What a month of nightly jobs does to a process is done here in minutes: jobs of all
// kinds are due every second, files are kept by number, messages are owed and taken, some
// runs fail, pages are looked at, and the job file changes. It asserts no duration, uses
// nothing of the runner but the fake server, reads /proc, and so is for Linux.
package main
